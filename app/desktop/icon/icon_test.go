package icon

import (
	"bytes"
	"encoding/binary"
	"image/color"
	"image/png"
	"testing"
)

func TestDrawing(t *testing.T) {
	for _, size := range []int{16, 22, 32, 128} {
		picture := Draw(size)
		at := func(x, y float64) color.NRGBA {
			return picture.NRGBAAt(int(x/field*float64(size)), int(y/field*float64(size)))
		}
		if got := at(0, 0); got.A > 128 {
			t.Errorf("%d: the corner is not round: %v", size, got)
		}
		if got := at(16, 3); got != ground {
			t.Errorf("%d: the ground is %v", size, got)
		}
		if got := at(10, 16); got.R < 0x90 {
			t.Errorf("%d: the upright stroke of the K is %v", size, got)
		}
	}
}

func TestFiles(t *testing.T) {
	decoded, err := png.Decode(bytes.NewReader(PNG(48)))
	if err != nil || decoded.Bounds().Dx() != 48 {
		t.Fatalf("PNG: %v, %v", decoded, err)
	}
	if points := ARGB(24); len(points) != 24*24*4 || points[(12*24+1)*4] != 0xff {
		t.Errorf("%d bytes of points, or not opaque inside", len(points))
	}
	file := ICO(16, 32)
	le := binary.LittleEndian
	if le.Uint16(file[2:]) != 1 || le.Uint16(file[4:]) != 2 {
		t.Fatalf("not an icon file of two pictures: % x", file[:6])
	}
	for i, size := range []int{16, 32} {
		entry := file[6+16*i:]
		length, offset := le.Uint32(entry[8:]), le.Uint32(entry[12:])
		if int(entry[0]) != size || int(offset+length) > len(file) || le.Uint32(file[offset+8:]) != uint32(2*size) {
			t.Errorf("picture %d: % x", size, entry[:16])
		}
	}
}
