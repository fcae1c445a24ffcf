//go:build proof

package reader

const proof = true
