package cli

import (
	gobuild "go/build"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
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

// TestEveryTestFileIsRun: .ci/run runs every test file, with the tags that it needs, or vets it where it is for another
// system. Else it would rot.
func TestEveryTestFileIsRun(t *testing.T) {
	runs, vets := ciBuilds(t)
	files := 0
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		in := func(b gobuild.Context) bool {
			ok, err := b.MatchFile(filepath.Split(path))
			if err != nil {
				t.Error(err)
			}
			return ok
		}
		ours := func(b gobuild.Context) bool { return b.GOOS == "linux" && in(b) }
		foreign := func(b gobuild.Context) bool { return b.GOOS != "linux" && in(b) }
		if !slices.ContainsFunc(runs, in) && (slices.ContainsFunc(vets, ours) || !slices.ContainsFunc(vets, foreign)) {
			t.Errorf("%s: .ci/run never compiles or never runs it: see its build tags", path)
		}
		files++
		return nil
	})
	if err != nil || files < 100 {
		t.Fatalf("only %d test files: %v", files, err)
	}
}

// ciBuilds are the ways in which .ci/run, on Linux, builds tests to run them and to vet them.
func ciBuilds(t *testing.T) (runs, vets []gobuild.Context) {
	t.Helper()
	var commands string
	for _, name := range []string{"../.ci/run", "../README.md"} { // its test command is one of those
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		commands += string(b)
	}
	for _, m := range regexp.MustCompile(`(?m)^ *(?:time |CGO_ENABLED=0 GOOS=\$os )?go (test|vet) (.*)$`).FindAllStringSubmatch(commands, -1) {
		b := gobuild.Default
		b.GOOS, b.CgoEnabled, b.BuildTags = "linux", false, nil
		if tags := regexp.MustCompile(`-tags[ =](\S+)`).FindStringSubmatch(m[2]); tags != nil {
			b.BuildTags = strings.Split(tags[1], ",")
		}
		if strings.Contains(m[2], "-race") {
			b.BuildTags = append(b.BuildTags, "race")
		}
		if m[1] == "test" {
			runs = append(runs, b)
			continue
		}
		for _, b.GOOS = range []string{"linux", "darwin", "windows"} {
			vets = append(vets, b)
		}
	}
	if len(runs) < 3 || len(vets) == 0 {
		t.Fatalf("%d runs, %d vets found in .ci/run", len(runs), len(vets))
	}
	return runs, vets
}
