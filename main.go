// Command mobile3batch checks the people of a spreadsheet against the paid
// service POST /mobile3/check, and pays for each of them once.
package main

import (
	"os"

	"mobile3batch/cli"
)

func main() {
	os.Exit(cli.Main(os.Args, cli.Streams{In: os.Stdin, Out: os.Stdout, Err: os.Stderr}))
}
