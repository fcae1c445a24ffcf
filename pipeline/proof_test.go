//go:build proof

package pipeline

const proof = true
