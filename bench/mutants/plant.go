package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// patience is how long one mutant may take, building included.
const patience = 90 * time.Second

// A mutant is one fault and the tests of which at least one must notice it.
type mutant struct {
	name     string
	breaks   string   // the promise, and what the fault makes of it
	file     string   // from the root, with slashes
	old, new string   // old stands in the file exactly once
	red      []string // package and test: "pipeline TestStops"; a scene: "cli TestScenes/moved"
	ci       bool
}

// tests lists what must notice, by package.
func (m mutant) tests() map[string][]string {
	list := map[string][]string{}
	for _, r := range m.red {
		pkg, test, _ := strings.Cut(r, " ")
		list[pkg] = append(list[pkg], test)
	}
	return list
}

// mutated is the file with the fault in it. An error: the source has moved on.
func (m mutant) mutated(root string) (string, error) {
	b, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(m.file)))
	if err != nil {
		return "", err
	}
	if n := strings.Count(string(b), m.old); n != 1 {
		return "", fmt.Errorf("its text stands %d times in %s", n, m.file)
	}
	return strings.Replace(string(b), m.old, m.new, 1), nil
}

// plant runs the tests over the fault. caught are those that went red; with none, why says what happened instead.
func (m mutant) plant(ctx context.Context, root string) (caught []string, why string, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	dir, err := os.MkdirTemp("", "mobile3batch-mutant-")
	if err != nil {
		return nil, "", err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	overlay, err := m.overlay(root, dir)
	if err != nil {
		return nil, "", err
	}
	wanted := m.tests()
	for pkg, tests := range wanted {
		said, err := goTest(ctx, root, pkg, tests, overlay)
		if err != nil {
			return nil, "", err
		}
		for _, test := range tests {
			if said.red(test) {
				caught = append(caught, test+" in "+pkg)
			}
		}
		if why == "" {
			why = said.excerpt()
		}
	}
	slices.Sort(caught)
	return caught, why, nil
}

// overlay writes the mutated file and the note that tells the compiler to take it, and returns the note's path.
func (m mutant) overlay(root, dir string) (string, error) {
	text, err := m.mutated(root)
	if err != nil {
		return "", err
	}
	fake := filepath.Join(dir, filepath.Base(filepath.FromSlash(m.file)))
	if err := os.WriteFile(fake, []byte(text), 0o600); err != nil {
		return "", err
	}
	note, err := json.Marshal(map[string]map[string]string{
		"Replace": {filepath.Join(root, filepath.FromSlash(m.file)): fake},
	})
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "overlay.json")
	if strings.ContainsAny(path, " \t") {
		return "", fmt.Errorf("the temporary folder %s has a blank in its name, which GOFLAGS can't hold: set TMPDIR", dir)
	}
	return path, os.WriteFile(path, note, 0o600)
}

// findRoot goes up from the working directory to the module.
func findRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		b, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(b), "module mobile3batch") {
			return dir, nil
		}
		up := filepath.Dir(dir)
		if up == dir {
			return "", errors.New("start it inside of the repository")
		}
		dir = up
	}
}
