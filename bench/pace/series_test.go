package main

import (
	"bytes"
	"context"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// made is a measurement of 210 s in which, from second ramp on, so many calls are given and throttled.
func made(steps []step, ramp int, given, throttled func(limit float64) int) *series {
	s := &series{plan: plan{title: "made", rate: 1000, steps: steps}, given: make([]int, 210), throttled: make([]int, 210)}
	for second := range s.given {
		if second < ramp {
			continue
		}
		limit := s.limitAt(second)
		for range given(limit) {
			s.add(time.Duration(second)*time.Second+time.Millisecond, 200)
		}
		for range throttled(limit) {
			s.add(time.Duration(second)*time.Second+time.Millisecond, 429)
		}
	}
	return s
}

func share(of float64) func(float64) int { return func(limit float64) int { return int(of * limit) } }

func TestReport(t *testing.T) {
	constant := []step{{0, 120}}
	changing := []step{{0, 120}, {60 * time.Second, 40}, {120 * time.Second, 120}}
	for name, c := range map[string]struct {
		s    *series
		want string // a part of the complaint; empty: none
	}{
		"good":               {made(constant, 5, share(0.96), share(0.01)), ""},
		"follows":            {made(changing, 5, share(0.95), share(0.01)), ""},
		"slow":               {made(constant, 0, share(0.8), share(0)), "only 96.0 calls/s"},
		"late":               {made(constant, 40, share(0.95), share(0)), "not found within"},
		"throttled":          {made(constant, 0, share(0.95), share(0.05)), "throttled"},
		"nothing":            {made(constant, 0, share(0), share(0)), "no call was counted"},
		"stays at the first": {made(changing, 0, func(float64) int { return 120 }, share(0)), "limit of 40 was not found"},
	} {
		var out bytes.Buffer
		err := c.s.report(&out)
		if (err != nil) != (c.want != "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v\n%s", name, err, out.String())
		}
	}
	s := made(constant, 0, share(1), share(0))
	s.twice = 1
	if err := s.report(&bytes.Buffer{}); err == nil || !strings.Contains(err.Error(), "charged twice") {
		t.Errorf("%v", err)
	}
}

// A trough of 40 seconds is lost in the mean, and is said.
func TestReportTellsOfATrough(t *testing.T) {
	s := made([]step{{0, 120}}, 0, share(1), share(0))
	for second := 40; second < 80; second++ {
		s.given[second] = 80
	}
	var out bytes.Buffer
	if err := s.report(&out); err != nil || !strings.Contains(out.String(), "40 of 180 seconds below 85 %") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

// After settling, each step of the changing limit has seconds left to count.
func TestTooShortIsRefused(t *testing.T) {
	err := run(context.Background(), []string{"-for", (shortest - time.Second).String()}, &bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), "-for: at least 2m0s") {
		t.Errorf("%v", err)
	}
	if left := shortest*2/7 - settling; left < time.Second {
		t.Errorf("%v left to count", left)
	}
}

func TestAddCountsOnlyItsOwnTime(t *testing.T) {
	s := made([]step{{0, 1}}, 300, share(0), share(0))
	for _, at := range []time.Duration{-1, 210 * time.Second, time.Hour} {
		s.add(at, 200)
	}
	s.add(0, 200)
	s.add(209*time.Second+999*time.Millisecond, 429)
	s.add(time.Second, 500)
	if got, refused := s.stretch(0, 210); s.given[0] != 1 || s.throttled[209] != 1 || got*210 != 1 || refused != 0.5 {
		t.Errorf("%v, %v", got, refused)
	}
}

func TestDraw(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pace.png")
	if err := draw(path, []series{*made([]step{{0, 120}}, 5, share(0.95), share(0.01)), *made([]step{{0, 120}, {60 * time.Second, 40}}, 5, share(0.95), share(0.01))}); err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	img, err := png.Decode(f)
	if err != nil {
		t.Fatal(err)
	}
	colours := map[[3]uint32]int{}
	for y := range img.Bounds().Dy() {
		for x := range img.Bounds().Dx() {
			r, g, b, _ := img.At(x, y).RGBA()
			colours[[3]uint32{r >> 8, g >> 8, b >> 8}]++
		}
	}
	for _, c := range []([3]uint32){{0, 92, 185}, {214, 94, 0}, {60, 60, 60}} { // given, throttled, the limit
		if colours[c] < 100 {
			t.Errorf("%v has %d dots", c, colours[c])
		}
	}
}
