package main

import (
	"fmt"
	"image/color"

	"mobile3batch/bench/plot"
)

// The picture's measures, in dots.
const (
	panelWidth, panelHeight = 1100, 360
	left, right, top, under = 80, 30, 56, 56
)

// draw puts a panel for each measurement into one PNG.
func draw(path string, all []series) error {
	canvas, err := plot.New(panelWidth, panelHeight*len(all))
	if err != nil {
		return err
	}
	for i, s := range all {
		p := panel{canvas: canvas, origin: i * panelHeight, series: s}
		p.draw()
	}
	return canvas.Save(path)
}

// panel is one measurement: calls a second over time.
type panel struct {
	canvas *plot.Canvas
	origin int // the dot where it begins, from above
	series
}

func (p panel) draw() {
	seconds, most := len(p.given), p.highest()
	p.text(left, 26, p.title, plot.Ink)
	for v := 0; v <= most; v += 20 {
		p.horizontal(0, seconds, float64(v), most, plot.Grid, 1)
		label := fmt.Sprint(v)
		p.text(left-12-p.width(label), p.y(float64(v), most)-p.origin+6, label, plot.Ink)
	}
	for second := 0; second <= seconds; second += 30 {
		label := fmt.Sprint(second, " s")
		p.text(p.x(second)-p.width(label)/2, panelHeight-under+24, label, plot.Ink)
	}
	for i, st := range p.steps { // dashed: it is what the service allows, not what was measured
		from, to := int(st.from.Seconds()), seconds
		if i+1 < len(p.steps) {
			to = int(p.steps[i+1].from.Seconds())
		}
		for second := from; second < to; second += 4 {
			p.horizontal(second, min(second+2, to), st.limit, most, plot.Ink, 2)
		}
	}
	p.steppedLine(p.given, most, plot.Blue)
	p.steppedLine(p.throttled, most, plot.Orange)
	at := panelWidth - right - 520
	for _, entry := range []struct {
		label string
		c     color.RGBA
	}{{"the service's limit", plot.Ink}, {"answered", plot.Blue}, {"throttled, free", plot.Orange}} {
		p.fill(at, 18, at+26, 22, entry.c)
		p.text(at+34, 26, entry.label, plot.Ink)
		at += 54 + p.width(entry.label)
	}
	p.text(left, panelHeight-8, "calls a second, counted at the service", plot.Ink)
}

func (p panel) highest() int {
	most := 0
	for i := range p.given {
		most = max(most, p.given[i], p.throttled[i])
	}
	for _, st := range p.steps {
		most = max(most, int(st.limit))
	}
	return most + 20 - most%20
}

func (p panel) x(second int) int {
	return left + second*(panelWidth-left-right)/len(p.given)
}

func (p panel) y(v float64, most int) int {
	height := float64(panelHeight - top - under)
	return p.origin + panelHeight - under - int(v/float64(most)*height)
}

func (p panel) fill(x0, y0, x1, y1 int, c color.Color) {
	p.canvas.Fill(x0, y0+p.origin, x1, y1+p.origin, c)
}

func (p panel) horizontal(from, to int, v float64, most int, c color.Color, thick int) {
	y := p.y(v, most) - p.origin
	p.fill(p.x(from), y-thick/2, p.x(to), y+thick-thick/2, c)
}

// steppedLine draws counts, a flat piece for each second.
func (p panel) steppedLine(counts []int, most int, c color.Color) {
	for second, n := range counts {
		p.horizontal(second, second+1, float64(n), most, c, 2)
		if second > 0 {
			a, b := p.y(float64(counts[second-1]), most)-p.origin, p.y(float64(n), most)-p.origin
			p.fill(p.x(second)-1, min(a, b)-1, p.x(second)+1, max(a, b)+1, c)
		}
	}
}

func (p panel) text(x, y int, s string, c color.Color) { p.canvas.Text(x, y+p.origin, s, c) }

func (p panel) width(s string) int { return p.canvas.Width(s) }
