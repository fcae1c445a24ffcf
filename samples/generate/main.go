// Generate makes synthetic people to rehearse with.
//
//	go run ./samples/generate                          rewrite the committed samples
//	go run ./samples/generate -rows 1000000 -o big.csv make a list of any length
//
// Nobody in them is real: the mobiles lie in segments (154, 161, 164, 194) that
// were assigned to no operator, so no one can be reached or charged by them.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "generate:", err)
		}
		os.Exit(2)
	}
}

type options struct {
	Rows       int
	Out        string
	Seed       uint64
	Duplicates float64 // percent
	Encoding   string
	Dir        string
}

func run(args []string, out io.Writer) error {
	var o options
	flags := flag.NewFlagSet("generate", flag.ContinueOnError)
	flags.StringVar(&o.Out, "o", "", "write a list to this .csv or .xlsx; without it the committed samples are rewritten")
	flags.IntVar(&o.Rows, "rows", 1000, "how many rows the list has")
	flags.Uint64Var(&o.Seed, "seed", 1, "the same seed makes the same list")
	flags.Float64Var(&o.Duplicates, "duplicates", 0, "percent of rows that repeat an earlier person")
	flags.StringVar(&o.Encoding, "encoding", "utf-8", "of a .csv: utf-8 or gb18030")
	flags.StringVar(&o.Dir, "dir", "samples", "where the committed samples are")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if o.Out == "" {
		return rewriteSamples(o.Dir, out)
	}
	if err := o.validate(); err != nil {
		return err
	}
	if err := writeList(o); err != nil {
		return err
	}
	fmt.Fprintf(out, "%s: %d rows\n", o.Out, o.Rows)
	return nil
}

// excelRows is what a sheet holds below its header.
const excelRows = 1<<20 - 1

func (o options) validate() error {
	ext := strings.ToLower(filepath.Ext(o.Out))
	switch {
	case ext != ".csv" && ext != ".xlsx":
		return fmt.Errorf("%s: the name must end in .csv or .xlsx", o.Out)
	case o.Rows < 1 || o.Rows > mobiles:
		return fmt.Errorf("-rows must be 1 to %d", mobiles)
	case ext == ".xlsx" && o.Rows > excelRows:
		return fmt.Errorf("%s: a sheet holds %d rows, write a .csv", o.Out, excelRows)
	case !(o.Duplicates >= 0 && o.Duplicates < 100):
		return errors.New("-duplicates must be at least 0 and less than 100")
	case o.Encoding != "utf-8" && o.Encoding != "gb18030":
		return errors.New("-encoding must be utf-8 or gb18030")
	case ext == ".xlsx" && o.Encoding != "utf-8":
		return errors.New("-encoding is for .csv only")
	}
	return nil
}

func writeList(o options) error {
	file, err := os.Create(o.Out)
	if err != nil {
		return err
	}
	rows := list(o.Seed, o.Rows, o.Duplicates)
	if strings.EqualFold(filepath.Ext(o.Out), ".csv") {
		err = writeCSV(file, o.Encoding, customerHeader, rows)
	} else {
		err = writeListXLSX(file, rows)
	}
	if closing := file.Close(); err == nil {
		err = closing
	}
	if err != nil {
		os.Remove(o.Out)
		return fmt.Errorf("%s: %w", o.Out, err)
	}
	return nil
}
