package writer

import (
	"golang.org/x/text/width"
)

const (
	sampled   = 100 // rows that are looked at before widths are fixed
	narrowest = 8
	widest    = 40
	noteWide  = 60
	padding   = 3 // room for the filter's button
)

// widths decides the columns' widths, in characters of the default font.
func (l Layout) widths(first []Row) []float64 {
	w := make([]float64, len(l.Header))
	for i := range w {
		if i < len(l.Widths) && l.Widths[i] > 0 {
			w[i] = min(l.Widths[i], 255)
			continue
		}
		longest := columns(l.Header[i]) + padding
		for _, r := range first {
			if i < len(r.Cells) {
				longest = max(longest, columns(r.Cells[i].Text)+1)
			}
		}
		limit := widest
		if i == l.Note {
			limit = noteWide
		}
		w[i] = float64(min(max(longest, narrowest), limit))
	}
	return w
}

// columns is the room s takes on a line; Chinese takes two a character.
func columns(s string) int {
	n := 0
	for _, r := range s {
		n++
		if r < 0x1100 {
			continue
		}
		if k := width.LookupRune(r).Kind(); k == width.EastAsianWide || k == width.EastAsianFullwidth {
			n++
		}
	}
	return n
}
