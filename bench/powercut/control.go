package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// The control is the program with these words replaced: its checkpoint's sync does nothing and reports success.
const (
	syncFile = "sync_linux.go"
	syncCall = "control(f.File, unix.Fdatasync)"
	noCall   = "func(func(int) error) error { return nil }(unix.Fdatasync)"
)

// buildProgram builds the program into dir.
func buildProgram(ctx context.Context, dir string, more ...string) (string, error) {
	path := filepath.Join(dir, "mobile3batch")
	args := append([]string{"build", "-o", path}, more...)
	_, err := goTool(ctx, append(args, "mobile3batch")...)
	return path, err
}

// buildControl builds the program without the checkpoint's sync. The tree is not touched.
func buildControl(ctx context.Context, dir string) (string, error) {
	folder, err := goTool(ctx, "list", "-f", "{{.Dir}}", "mobile3batch/checkpoint")
	if err != nil {
		return "", err
	}
	original := filepath.Join(strings.TrimSpace(folder), syncFile)
	source, err := os.ReadFile(original)
	if err != nil {
		return "", err
	}
	changed, err := replaceOnce(string(source), syncCall, noCall)
	if err != nil {
		return "", fmt.Errorf("%s: %w", original, err)
	}
	replacement := filepath.Join(dir, syncFile)
	overlay, err := json.Marshal(map[string]map[string]string{"Replace": {original: replacement}})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	if err := errors.Join(os.WriteFile(replacement, []byte(changed), 0o600), os.WriteFile(file, overlay, 0o600)); err != nil {
		return "", err
	}
	return buildProgram(ctx, dir, "-overlay", file)
}

// replaceOnce refuses a text that has changed so much that the control would no longer be what it is called.
func replaceOnce(source, words, by string) (string, error) {
	if n := strings.Count(source, words); n != 1 {
		return "", fmt.Errorf("%q stands there %d times, not once: the control has to be brought up to date", words, n)
	}
	return strings.Replace(source, words, by, 1), nil
}

func goTool(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", args...)
	var out, complaints strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("go %s: %w\n%s", args[0], err, complaints.String())
	}
	return out.String(), nil
}
