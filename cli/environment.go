package cli

import (
	"strings"

	"github.com/urfave/cli/v2"
)

// fromEnvironment lets every flag be set by a variable, which --help names:
// MOBILE3_RATE for --rate of run, plan and serve, MOBILE3_SANDBOX_LIMIT for --limit of
// sandbox. A flag on the command line goes first. None of them is a secret: those
// have variables of their own, and no flag.
func fromEnvironment(command string, flags []cli.Flag) {
	prefix := "MOBILE3_"
	if command != "run" && command != "plan" && command != serveName {
		prefix += strings.ToUpper(command) + "_"
	}
	for _, f := range flags {
		name := []string{prefix + strings.ToUpper(strings.ReplaceAll(f.Names()[0], "-", "_"))}
		switch f := f.(type) {
		case *cli.StringFlag:
			f.EnvVars = name
		case *cli.StringSliceFlag:
			f.EnvVars = name
		case *cli.BoolFlag:
			f.EnvVars = name
		case *cli.IntFlag:
			f.EnvVars = name
		case *cli.Int64Flag:
			f.EnvVars = name
		case *cli.Uint64Flag:
			f.EnvVars = name
		case *cli.Float64Flag:
			f.EnvVars = name
		case *cli.DurationFlag:
			f.EnvVars = name
		default:
			panic("a flag of a kind that no variable sets: --" + f.Names()[0])
		}
	}
}
