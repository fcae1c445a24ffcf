//go:build proof

package mobile3

const proof = true
