//go:build !proof

package mobile3

// proof is false: the long tests take a sample. With -tags proof they run in full.
const proof = false
