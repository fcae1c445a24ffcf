//go:build !proof

package cli

// proof is false: the long tests take a sample. With -tags proof they run in full.
const proof = false
