package reader

import (
	"go/ast"
	"go/parser"
	gotoken "go/token"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestEverySentenceHasItsChinese finds the sentences of this package's errors in its source. Those that are put together
// are held to it wherever a test meets a refusal.
func TestEverySentenceHasItsChinese(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(gotoken.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			field, ok := n.(*ast.KeyValueExpr)
			if !ok {
				return true
			}
			key, isName := field.Key.(*ast.Ident)
			literal, isText := field.Value.(*ast.BasicLit)
			if !isName || !isText || key.Name != "Problem" && key.Name != "Do" {
				return true
			}
			text, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			seen++
			if zh, ok := chinese(text); !ok || zh == text {
				t.Errorf("%s: no Chinese for %q", name, text)
			}
			return true
		})
	}
	if seen < 60 {
		t.Errorf("only %d sentences were found", seen)
	}
	for english, zh := range phrases {
		if english == "" || zh == "" || zh == english {
			t.Errorf("%q is %q", english, zh)
		}
	}
	for _, p := range openPhrases {
		if n := strings.Count(p[0], "%s"); n == 0 || n != strings.Count(p[1], "%s") {
			t.Errorf("%q and %q have not as much in them", p[0], p[1])
		}
	}
}
