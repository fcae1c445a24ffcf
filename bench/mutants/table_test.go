package main

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func root(t *testing.T) string {
	t.Helper()
	dir, err := findRoot()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// The table fits the source: whoever moves a line that stands here moves it here, too.
func TestTableFitsTheSource(t *testing.T) {
	dir := root(t)
	for _, m := range mutants {
		text, err := m.mutated(dir)
		if err != nil {
			t.Errorf("%s is stale: %v", m.name, err)
			continue
		}
		if m.old == m.new {
			t.Errorf("%s changes nothing", m.name)
		}
		if _, err := parser.ParseFile(token.NewFileSet(), m.file, text, parser.SkipObjectResolution); err != nil {
			t.Errorf("%s is no Go: %v", m.name, err)
		}
	}
}

func TestTableIsWhole(t *testing.T) {
	seen, quick := map[string]bool{}, 0
	for _, m := range mutants {
		if seen[m.name] || m.name == "" || strings.ContainsAny(m.name, " \t") || len(m.name) > nameWidth {
			t.Errorf("%q: a name that is taken, or none", m.name)
		}
		seen[m.name] = true
		if m.breaks == "" || strings.Contains(m.breaks, "\n") || len(m.red) == 0 {
			t.Errorf("%s: what it breaks or who notices is missing", m.name)
		}
		if m.ci {
			quick++
		}
	}
	if len(mutants) != 68 || quick != 10 {
		t.Errorf("%d mutants, %d of them for CI; want 68 and 10", len(mutants), quick)
	}
}

func TestNamedTestsExist(t *testing.T) {
	dir, found := root(t), 0
	known := map[string]map[string]bool{}
	for _, m := range mutants {
		for pkg, tests := range m.tests() {
			if known[pkg] == nil {
				known[pkg] = testsIn(t, filepath.Join(dir, filepath.FromSlash(pkg)))
			}
			for _, test := range tests {
				name, scene, sub := strings.Cut(test, "/")
				if !known[pkg][name] {
					t.Errorf("%s: %s has no %s", m.name, pkg, name)
				}
				if sub {
					if _, err := os.Stat(filepath.Join(dir, pkg, "testdata", scene+".txt")); err != nil {
						t.Errorf("%s: %s has no scene %s", m.name, pkg, scene)
					}
				}
				found++
			}
		}
	}
	if found < len(mutants) {
		t.Errorf("only %d tests are named", found)
	}
}

// testsIn lists the tests of a folder's package.
func testsIn(t *testing.T, dir string) map[string]bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*_test.go"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no tests in %s: %v", dir, err)
	}
	tests := map[string]bool{}
	for _, name := range files {
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && strings.HasPrefix(fn.Name.Name, "Test") {
				tests[fn.Name.Name] = true
			}
		}
	}
	return tests
}
