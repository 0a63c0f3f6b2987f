// Package icon draws the program's icon at any size: for the tray, the list of
// windows and wherever else a system wants pixels. The page has the same
// drawing as frontend/public/icon.svg. It knows nothing of who shows it.
package icon

import (
	"bytes"
	"encoding/binary"
	"image"
	"image/color"
	"image/png"
	"math"
)

// The drawing, on a field of 32 × 32: a square with round corners and the
// strokes of a K.
const (
	field  = 32.0
	corner = 7.0
	stroke = 3.2
	// samples across and down are averaged for each point.
	samples = 4
)

type point struct{ x, y float64 }

var (
	ground = color.NRGBA{0x1f, 0x5f, 0x5b, 0xff}
	ink    = color.NRGBA{0xff, 0xff, 0xff, 0xff}
)

func strokes() [][2]point {
	return [][2]point{{{10, 8}, {10, 24}}, {{22, 8}, {13, 16}}, {{13, 16}, {22, 24}}}
}

// Draw returns the icon with size points across and down.
func Draw(size int) *image.NRGBA {
	out := image.NewNRGBA(image.Rect(0, 0, size, size))
	scale := field / float64(size)
	lines := strokes()
	for y := range size {
		for x := range size {
			var covered, inked int
			for i := range samples * samples {
				at := point{
					(float64(x) + (float64(i%samples)+0.5)/samples) * scale,
					(float64(y) + (float64(i/samples)+0.5)/samples) * scale,
				}
				if !onGround(at) {
					continue
				}
				covered++
				for _, line := range lines {
					if distance(at, line[0], line[1]) <= stroke/2 {
						inked++
						break
					}
				}
			}
			if covered > 0 {
				out.SetNRGBA(x, y, mixed(covered, inked))
			}
		}
	}
	return out
}

func mixed(covered, inked int) color.NRGBA {
	mix := func(below, above uint8) uint8 {
		return uint8((int(below)*(covered-inked) + int(above)*inked) / covered)
	}
	return color.NRGBA{mix(ground.R, ink.R), mix(ground.G, ink.G), mix(ground.B, ink.B), uint8(covered * 255 / (samples * samples))}
}

func onGround(at point) bool {
	inner := field/2 - corner
	dx := math.Max(math.Abs(at.x-field/2)-inner, 0)
	dy := math.Max(math.Abs(at.y-field/2)-inner, 0)
	return math.Hypot(dx, dy) <= corner
}

// distance from a point to a line between two others.
func distance(at, from, to point) float64 {
	dx, dy := to.x-from.x, to.y-from.y
	along := ((at.x-from.x)*dx + (at.y-from.y)*dy) / (dx*dx + dy*dy)
	along = math.Max(0, math.Min(1, along))
	return math.Hypot(at.x-from.x-along*dx, at.y-from.y-along*dy)
}

// PNG is the icon as a PNG file.
func PNG(size int) []byte {
	var out bytes.Buffer
	_ = png.Encode(&out, Draw(size)) // neither a buffer nor an image of this kind fails
	return out.Bytes()
}

// ARGB is the icon as rows of points of four bytes: alpha, red, green, blue.
func ARGB(size int) []byte {
	picture := Draw(size)
	out := make([]byte, 0, size*size*4)
	for i := 0; i < len(picture.Pix); i += 4 {
		p := picture.Pix[i : i+4]
		out = append(out, p[3], p[0], p[1], p[2])
	}
	return out
}

// ICO is a Windows icon file with one picture for each size below 256.
func ICO(sizes ...int) []byte {
	const (
		fileHeader, entry, bitmapHeader = 6, 16, 40
	)
	le := binary.LittleEndian
	out := le.AppendUint16(le.AppendUint16(le.AppendUint16(nil, 0), 1), uint16(len(sizes)))
	offset := fileHeader + entry*len(sizes)
	var pictures []byte
	for _, size := range sizes {
		picture := bitmap(size, bitmapHeader)
		out = append(out, byte(size), byte(size), 0, 0)
		out = le.AppendUint16(le.AppendUint16(out, 1), 32)
		out = le.AppendUint32(le.AppendUint32(out, uint32(len(picture))), uint32(offset+len(pictures)))
		pictures = append(pictures, picture...)
	}
	return append(out, pictures...)
}

// bitmap is a device-independent bitmap with alpha as icons hold it: from the
// lowest row up, followed by a mask that says nothing.
func bitmap(size, header int) []byte {
	le := binary.LittleEndian
	out := le.AppendUint32(nil, uint32(header))
	out = le.AppendUint32(le.AppendUint32(out, uint32(size)), uint32(2*size)) // picture and mask
	out = le.AppendUint16(le.AppendUint16(out, 1), 32)
	out = append(out, make([]byte, header-len(out))...)
	picture := Draw(size)
	for y := size - 1; y >= 0; y-- {
		for x := range size {
			c := picture.NRGBAAt(x, y)
			out = append(out, c.B, c.G, c.R, c.A)
		}
	}
	return append(out, make([]byte, size*((size+31)/32*4))...)
}
