//go:build !proof

package checkpoint

// proof is false: the long tests take a sample. With -tags proof they run in full.
const proof = false
