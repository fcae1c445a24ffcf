//go:build proof

package cli

const proof = true
