//go:build proof

package checkpoint

const proof = true
