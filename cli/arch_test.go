package cli

import (
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// arrows are all imports between our packages that there may be.
var arrows = map[string][]string{
	".":               {"cli"},
	"cli":             {"pipeline", "reader", "writer", "checkpoint", "mobile3", "mobile3/sandbox", "person", "web", "cli/selftest"},
	"web":             {},
	"cli/selftest":    {"checkpoint", "mobile3/sandbox"},
	"pipeline":        {"reader", "checkpoint", "mobile3", "person"},
	"mobile3":         {"person"},
	"mobile3/sandbox": {},
	"reader":          {},
	"writer":          {},
	"checkpoint":      {},
	"person":          {},

	"samples/generate": {},
	"bench":            {"cli/selftest", "mobile3/sandbox", "reader", "writer", "checkpoint", "bench/plot"},
	"bench/plot":       {},
	"bench/crash":      {"cli/selftest"},
	"bench/mutants":    {},
	"bench/pace":       {"cli/selftest", "mobile3/sandbox", "bench/plot"},
	"bench/powercut":   {"cli/selftest", "mobile3/sandbox"},
}

func TestArrowsRunOneWay(t *testing.T) {
	found := make(map[string]int)
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && strings.HasPrefix(d.Name(), ".") && d.Name() != ".." {
			return filepath.SkipDir
		}
		if filepath.Ext(path) != ".go" || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		rel, err := filepath.Rel("..", filepath.Dir(path))
		if err != nil {
			return err
		}
		from := filepath.ToSlash(rel)
		found[from]++
		for _, imp := range file.Imports {
			name, err := strconv.Unquote(imp.Path.Value)
			if err != nil {
				return err
			}
			to, ours := strings.CutPrefix(name, "mobile3batch/")
			if ours && !slices.Contains(arrows[from], to) {
				t.Errorf("%s imports %s: no such arrow", path, to)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	want := slices.Sorted(maps.Keys(arrows))
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, want) {
		t.Errorf("packages are %v, the arrows know %v", got, want)
	}
}
