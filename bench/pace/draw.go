package main

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	stddraw "image/draw"
	"image/png"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

// The picture's measures, in dots.
const (
	panelWidth, panelHeight = 1100, 360
	left, right, top, under = 80, 30, 56, 56
	textSize                = 17
)

var (
	ink       = color.RGBA{60, 60, 60, 255}
	grid      = color.RGBA{225, 225, 225, 255}
	blue      = color.RGBA{0, 92, 185, 255}
	orange    = color.RGBA{214, 94, 0, 255}
	limitLine = ink
)

// draw puts a panel for each measurement into one PNG.
func draw(path string, all []series) error {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: textSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return err
	}
	defer face.Close()
	img := image.NewRGBA(image.Rect(0, 0, panelWidth, panelHeight*len(all)))
	stddraw.Draw(img, img.Bounds(), image.White, image.Point{}, stddraw.Src)
	for i, s := range all {
		p := panel{img: img, face: face, origin: i * panelHeight, series: s}
		p.draw()
	}
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, img); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}

// panel is one measurement: calls a second over time.
type panel struct {
	img    *image.RGBA
	face   font.Face
	origin int // the dot where it begins, from above
	series
}

func (p panel) draw() {
	seconds, most := len(p.given), p.highest()
	p.text(left, 26, p.title, ink)
	for v := 0; v <= most; v += 20 {
		p.horizontal(0, seconds, float64(v), most, grid, 1)
		label := fmt.Sprint(v)
		p.text(left-12-p.width(label), p.y(float64(v), most)-p.origin+6, label, ink)
	}
	for second := 0; second <= seconds; second += 30 {
		label := fmt.Sprint(second, " s")
		p.text(p.x(second)-p.width(label)/2, panelHeight-under+24, label, ink)
	}
	for i, st := range p.steps { // dashed: it is what the service allows, not what was measured
		from, to := int(st.from.Seconds()), seconds
		if i+1 < len(p.steps) {
			to = int(p.steps[i+1].from.Seconds())
		}
		for second := from; second < to; second += 4 {
			p.horizontal(second, min(second+2, to), st.limit, most, limitLine, 2)
		}
	}
	p.steppedLine(p.given, most, blue)
	p.steppedLine(p.throttled, most, orange)
	at := panelWidth - right - 520
	for _, entry := range []struct {
		label string
		c     color.RGBA
	}{{"the service's limit", limitLine}, {"answered", blue}, {"throttled, free", orange}} {
		p.fill(image.Rect(at, 18, at+26, 22), entry.c)
		p.text(at+34, 26, entry.label, ink)
		at += 54 + p.width(entry.label)
	}
	p.text(left, panelHeight-8, "calls a second, counted at the service", ink)
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

func (p panel) fill(r image.Rectangle, c color.Color) {
	stddraw.Draw(p.img, r.Add(image.Pt(0, p.origin)), image.NewUniform(c), image.Point{}, stddraw.Src)
}

func (p panel) horizontal(from, to int, v float64, most int, c color.Color, thick int) {
	y := p.y(v, most) - p.origin
	p.fill(image.Rect(p.x(from), y-thick/2, p.x(to), y+thick-thick/2), c)
}

// steppedLine draws counts, a flat piece for each second.
func (p panel) steppedLine(counts []int, most int, c color.Color) {
	for second, n := range counts {
		p.horizontal(second, second+1, float64(n), most, c, 2)
		if second > 0 {
			a, b := p.y(float64(counts[second-1]), most)-p.origin, p.y(float64(n), most)-p.origin
			p.fill(image.Rect(p.x(second)-1, min(a, b)-1, p.x(second)+1, max(a, b)+1), c)
		}
	}
}

func (p panel) text(x, y int, s string, c color.Color) {
	d := font.Drawer{Dst: p.img, Src: image.NewUniform(c), Face: p.face, Dot: fixed.P(x, y+p.origin)}
	d.DrawString(s)
}

func (p panel) width(s string) int { return font.MeasureString(p.face, s).Ceil() }
