// Package selftest shows that a killed batch pays nobody twice: it starts the program on a list of synthetic people
// against a sandbox in this process, kills it again and again at every stage, lets it finish, and asks the sandbox's
// bill. Start at Run; judge.go is the oracle, volatile.go makes a kill lose what a power cut would.
package selftest
