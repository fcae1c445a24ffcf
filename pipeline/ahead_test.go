package pipeline

import (
	"errors"
	"iter"
	"slices"
	"testing"
	"testing/synctest"

	"mobile3batch/person"
	"mobile3batch/reader"
)

func anIdentity() *Identity {
	return &Identity{Columns: Columns{0, 1, 2}, Keyer: person.NewKeyer(make([]byte, 32)), Normalisers: person.Normalisers[:1]}
}

// Rows come in order and all of them, whatever their number is in lots; the digest is that of reading them one by one.
func TestAheadYieldsEveryRowInOrder(t *testing.T) {
	for _, n := range []int{0, 1, lotSize - 1, lotSize, lotSize + 1, 5*lotSize + 3} {
		rows := people(n)
		digest := newDigest()
		want := digest.again()
		var got []int
		for c, err := range ahead(seq(rows), anIdentity(), &digest) {
			if err != nil || !c.valid {
				t.Fatal(err, c.findings)
			}
			got = append(got, c.row.Line)
		}
		var lines []int
		for _, r := range rows {
			want.add(r)
			lines = append(lines, r.Line)
		}
		if !slices.Equal(got, lines) {
			t.Errorf("%d rows: got %v", n, got)
		}
		if digest != want {
			t.Errorf("%d rows: the digest is another", n)
		}
	}
}

// failing yields some rows and then ends as it is told.
func failing(n int, end func(yield func(reader.Row, error) bool)) iter.Seq2[reader.Row, error] {
	return func(yield func(reader.Row, error) bool) {
		for _, r := range people(n) {
			if !yield(r, nil) {
				return
			}
		}
		end(yield)
	}
}

// What stands before an error was sound: it comes first. A panic while reading is an error, too.
func TestAheadYieldsAnErrorBehindTheRows(t *testing.T) {
	broken := errors.New("broken")
	for name, end := range map[string]func(func(reader.Row, error) bool){
		"error": func(yield func(reader.Row, error) bool) { yield(reader.Row{}, broken) },
		"panic": func(func(reader.Row, error) bool) { panic("thrown") },
	} {
		for _, n := range []int{0, lotSize, lotSize + 7} {
			rows := 0
			var failed error
			digest := newDigest()
			for _, err := range ahead(failing(n, end), anIdentity(), &digest) {
				if failed != nil {
					t.Fatal("something came behind the error")
				}
				if failed = err; err == nil {
					rows++
				}
			}
			var panicked *PanicError
			if right := errors.Is(failed, broken) || name == "panic" && errors.As(failed, &panicked); rows != n || !right {
				t.Errorf("%s after %d rows: %d rows, %v", name, n, rows, failed)
			}
		}
	}
}

// Whoever stops leaves nobody behind: the input may be closed then. A goroutine that stays is a deadlock of the bubble.
func TestAheadEndsWithItsReceiver(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for stopAt := range 3 * lotSize {
			reading := true
			endless := func(yield func(reader.Row, error) bool) {
				defer func() { reading = false }()
				for r := people(1)[0]; yield(r, nil); {
				}
			}
			n := 0
			digest := newDigest()
			for range ahead(endless, anIdentity(), &digest) {
				if n++; n > stopAt {
					break
				}
			}
			if reading {
				t.Fatalf("stopped at %d: still reading", stopAt)
			}
		}
	})
}
