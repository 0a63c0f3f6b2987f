package parse

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"image"
	"image/jpeg"
	"image/png"

	"golang.org/x/image/draw"
	"golang.org/x/image/tiff"

	"kontor/localrag"
)

const (
	// picturePixels bounds what is decoded: A4 at 600 dpi in colour, twice.
	picturePixels = 70_000_000
	// smallPicture is the side below which a picture in a message is a logo.
	smallPicture = 500
)

func isPicture(data []byte) bool { return pictureKind(data) != "" }

func pictureKind(data []byte) string {
	switch {
	case bytes.HasPrefix(data, []byte("\x89PNG\r\n\x1a\n")):
		return "png"
	case bytes.HasPrefix(data, []byte("\xff\xd8\xff")):
		return "jpeg"
	case bytes.HasPrefix(data, []byte("II*\x00")), bytes.HasPrefix(data, []byte("MM\x00*")):
		return "tiff"
	}
	return ""
}

// parsePicture reads scanned pages and photos of text: a PNG or JPEG is one
// page, a TIFF may have many. Places are in points of a page at 300 dpi.
func parsePicture(ctx context.Context, r *Reader, in input, b *builder) error {
	data, pages := in.data, []uint32{0}
	if pictureKind(data) == "tiff" {
		data, pages = bytes.Clone(data), tiffPages(data, b.limits.Pages)
	}
	o := recogniser{reader: r}
	doc := pdfDocument{builder: b, pages: len(pages)}
	readable := 0
	for i, at := range pages {
		b.report(i+1, len(pages))
		if ctx.Err() != nil {
			return fail(localrag.CodeCancelled, ctx.Err())
		}
		if at > 0 {
			byteOrder(data).PutUint32(data[4:], at) // the page that is decoded is the first
		}
		picture, err := decodePicture(data)
		if err != nil {
			if len(pages) == 1 {
				return err
			}
			doc.skipPage(i + 1)
			continue
		}
		readable++
		bounds := picture.Bounds()
		if b.depth > 0 && (bounds.Dx() < smallPicture || bounds.Dy() < smallPicture) {
			return nil
		}
		const points = 72.0 / recognitionDPI
		page := &pdfPage{number: i + 1, width: float32(bounds.Dx()) * points, height: float32(bounds.Dy()) * points}
		if o.can() {
			if err := o.fill(ctx, page, picture); err != nil {
				return err
			}
		}
		if err := doc.addPage(page); err != nil {
			return err
		}
	}
	if readable == 0 {
		return failf(localrag.CodeCorrupt, "no readable picture")
	}
	b.picturesOfPages, b.recognised = true, o.used
	doc.finish()
	return nil
}

// decodePicture gives a picture in grey, upright, and no larger than is useful.
func decodePicture(data []byte) (*image.Gray, error) {
	decodeConfig, decode := png.DecodeConfig, png.Decode
	turn := 1
	switch pictureKind(data) {
	case "jpeg":
		decodeConfig, decode, turn = jpeg.DecodeConfig, jpeg.Decode, orientation(data)
	case "tiff":
		decodeConfig, decode = tiff.DecodeConfig, tiff.Decode
	case "":
		return nil, failf(localrag.CodeUnsupported, "no picture")
	}
	config, err := decodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, pictureFailure(err)
	}
	if config.Width <= 0 || config.Height <= 0 || config.Width > picturePixels/config.Height {
		return nil, failf(localrag.CodeTooLarge, "%d × %d pixels", config.Width, config.Height)
	}
	decoded, err := decode(bytes.NewReader(data))
	if err != nil {
		return nil, pictureFailure(err)
	}
	bounds := decoded.Bounds()
	width, height := bounds.Dx(), bounds.Dy()
	for width*height > recognitionPixels {
		width, height = (width+1)/2, (height+1)/2
	}
	grey := image.NewGray(image.Rect(0, 0, width, height))
	for i := range grey.Pix { // what is transparent is paper
		grey.Pix[i] = 255
	}
	draw.ApproxBiLinear.Scale(grey, grey.Bounds(), decoded, bounds, draw.Over, nil)
	return upright(grey, turn), nil
}

func pictureFailure(err error) error {
	var unsupported png.UnsupportedError
	var unsupportedJPEG jpeg.UnsupportedError
	var unsupportedTIFF tiff.UnsupportedError
	if errors.As(err, &unsupported) || errors.As(err, &unsupportedJPEG) || errors.As(err, &unsupportedTIFF) {
		return fail(localrag.CodeUnsupported, err)
	}
	return fail(localrag.CodeCorrupt, err)
}

// byteOrder of a TIFF.
func byteOrder(data []byte) binary.ByteOrder {
	if data[0] == 'M' {
		return binary.BigEndian
	}
	return binary.LittleEndian
}

// tiffPages gives where the pages of a TIFF are described.
func tiffPages(data []byte, limit int) []uint32 {
	if len(data) < 8 {
		return []uint32{0}
	}
	order := byteOrder(data)
	var pages []uint32
	seen := map[uint32]bool{}
	for at := order.Uint32(data[4:]); at != 0 && !seen[at] && uint64(at)+2 <= uint64(len(data)) && len(pages) < min(limit, 2000); {
		seen[at] = true
		pages = append(pages, at)
		next := uint64(at) + 2 + 12*uint64(order.Uint16(data[at:]))
		if next+4 > uint64(len(data)) {
			break
		}
		at = order.Uint32(data[next:])
	}
	if len(pages) == 0 {
		return []uint32{0}
	}
	return pages
}

// orientation reads how a camera was held from a JPEG's EXIF part: 1 upright,
// 3, 6 and 8 turned; mirrored ones are taken as upright.
func orientation(data []byte) int {
	for at := 2; at+4 <= len(data) && data[at] == 0xff; {
		size := int(binary.BigEndian.Uint16(data[at+2:]))
		marker, segment := data[at+1], data[at+4:]
		if marker == 0xda || size < 2 || size-2 > len(segment) {
			return 1
		}
		if segment = segment[:size-2]; marker == 0xe1 && bytes.HasPrefix(segment, []byte("Exif\x00\x00")) {
			return exifOrientation(segment[6:])
		}
		at += 2 + size
	}
	return 1
}

func exifOrientation(data []byte) int {
	if pictureKind(data) != "tiff" || len(data) < 8 {
		return 1
	}
	order := byteOrder(data)
	at := uint64(order.Uint32(data[4:]))
	if at+2 > uint64(len(data)) {
		return 1
	}
	entries := uint64(order.Uint16(data[at:]))
	for i := range entries {
		entry := at + 2 + 12*i
		if entry+12 > uint64(len(data)) {
			return 1
		}
		if order.Uint16(data[entry:]) == 0x0112 {
			return int(order.Uint16(data[entry+8:]))
		}
	}
	return 1
}

// upright turns a picture so that its text can be read.
func upright(picture *image.Gray, orientation int) *image.Gray {
	width, height := picture.Rect.Dx(), picture.Rect.Dy()
	var to func(x, y int) (int, int)
	switch orientation {
	case 3:
		to = func(x, y int) (int, int) { return width - 1 - x, height - 1 - y }
	case 6:
		to = func(x, y int) (int, int) { return height - 1 - y, x }
	case 8:
		to = func(x, y int) (int, int) { return y, width - 1 - x }
	default:
		return picture
	}
	turned := image.NewGray(image.Rect(0, 0, width, height))
	if orientation != 3 {
		turned = image.NewGray(image.Rect(0, 0, height, width))
	}
	for y := range height {
		for x := range width {
			toX, toY := to(x, y)
			turned.Pix[toY*turned.Stride+toX] = picture.Pix[y*picture.Stride+x]
		}
	}
	return turned
}
