// Package plot has what the pictures of measurements are drawn with: filled rectangles and text, on white.
package plot

import (
	"bytes"
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/math/fixed"
)

const textSize = 17

// The colours that lines and bars are told apart by, also by who can't see red or green, and in print.
var (
	Ink    = color.RGBA{60, 60, 60, 255}
	Grid   = color.RGBA{225, 225, 225, 255}
	Blue   = color.RGBA{0, 92, 185, 255}
	Orange = color.RGBA{214, 94, 0, 255}
)

// Canvas is a picture in the making, in dots from the upper left corner.
type Canvas struct {
	img  *image.RGBA
	face font.Face
}

// New makes an empty one.
func New(width, height int) (*Canvas, error) {
	parsed, err := opentype.Parse(goregular.TTF)
	if err != nil {
		return nil, err
	}
	face, err := opentype.NewFace(parsed, &opentype.FaceOptions{Size: textSize, DPI: 72, Hinting: font.HintingFull})
	if err != nil {
		return nil, err
	}
	img := image.NewRGBA(image.Rect(0, 0, width, height))
	draw.Draw(img, img.Bounds(), image.White, image.Point{}, draw.Src)
	return &Canvas{img, face}, nil
}

// Fill paints a rectangle.
func (c *Canvas) Fill(x0, y0, x1, y1 int, with color.Color) {
	draw.Draw(c.img, image.Rect(x0, y0, x1, y1), image.NewUniform(with), image.Point{}, draw.Src)
}

// Text stands on the line y, from x on.
func (c *Canvas) Text(x, y int, s string, with color.Color) {
	d := font.Drawer{Dst: c.img, Src: image.NewUniform(with), Face: c.face, Dot: fixed.P(x, y)}
	d.DrawString(s)
}

// Width is how many dots a text takes.
func (c *Canvas) Width(s string) int { return font.MeasureString(c.face, s).Ceil() }

// Save writes a PNG.
func (c *Canvas) Save(path string) error {
	var b bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&b, c.img); err != nil {
		return err
	}
	return os.WriteFile(path, b.Bytes(), 0o644)
}
