package parse

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/klippa-app/go-pdfium/requests"

	"kontor/localrag"
)

// Help is what a reader without rights asks the program for. A function that
// is nil cannot be asked.
type Help struct {
	// Recognise gives the words of a picture (binary PGM) with their places, as
	// Tesseract's TSV.
	Recognise func(ctx context.Context, picture []byte) (tsv []byte, err error)
	// Convert makes a document of the new format of one of an old format, named
	// as in [Formats].
	Convert func(ctx context.Context, from string, data []byte) ([]byte, error)
}

const (
	// recognitionDPI is what Tesseract is trained for.
	recognitionDPI = 300
	// recognitionPixels bounds a picture: A3 at 300 dpi.
	recognitionPixels = 18_000_000
	// maxWords bounds the words of a picture, in bytes of TSV.
	maxWords = 8 << 20
	// leastConfidence drops what is a guess about specks and lines, in percent.
	leastConfidence = 25
	// bodyOfLetters is the size of a font by the height of its words, which
	// seldom have both the highest and the lowest letters.
	bodyOfLetters = 1.3
	// failedPages is after how many failures in a row recognition is given up.
	failedPages = 3
)

// recogniser reads the pages of a document that are pictures of text.
type recogniser struct {
	reader *Reader
	failed int  // pages in a row
	used   bool // at least one page was read, perhaps without words
}

func (o *recogniser) can() bool {
	return o.reader.options.Help.Recognise != nil && o.failed < failedPages
}

// fill puts the recognised words of a picture of the page into page. A page
// that cannot be recognised stays empty; an error ends the document.
func (o *recogniser) fill(ctx context.Context, page *pdfPage, picture *image.Gray) error {
	if isBlank(picture) {
		return nil
	}
	tsv, err := o.reader.options.Help.Recognise(ctx, encodePGM(picture))
	switch code := localrag.CodeOf(err); {
	case ctx.Err() != nil || code == localrag.CodeCancelled || code == localrag.CodeCrashed:
		return coded(err, localrag.CodeCrashed)
	case err != nil:
		o.failed++
		return nil
	}
	o.failed, o.used = 0, true
	bounds := picture.Bounds()
	if found := recognisedGlyphs(tsv, page.width/float32(bounds.Dx()), page.height/float32(bounds.Dy())); len(found) > 0 {
		page.glyphs, page.recognised = found, true
	}
	return nil
}

// page reads a page of a PDF, by its picture if it has no text.
func (o *recogniser) page(ctx context.Context, file *pdfFile, number int) (*pdfPage, error) {
	page, err := file.readPage(number)
	if err == nil && o.can() && !page.hasText() {
		err = o.recognisePage(ctx, file, page)
	}
	return page, err
}

// recognisePage reads a page of a PDF as a picture.
func (o *recogniser) recognisePage(ctx context.Context, file *pdfFile, page *pdfPage) error {
	picture, err := file.render(page)
	if err != nil {
		if err = classify(err); errors.As(err, new(*engineTrap)) {
			return err
		}
		return nil // a page that cannot be drawn has no text
	}
	return o.fill(ctx, page, picture)
}

// render draws a page in grey.
func (f *pdfFile) render(page *pdfPage) (*image.Gray, error) {
	dpi := float64(recognitionDPI)
	if area := float64(page.width) * float64(page.height) / (72 * 72); area*dpi*dpi > recognitionPixels {
		dpi = math.Sqrt(recognitionPixels / area)
	}
	if dpi < 50 || page.width < 36 || page.height < 36 {
		return nil, errors.New("no page of text")
	}
	rendered, err := f.api.RenderPageInDPI(&requests.RenderPageInDPI{
		Page: requests.Page{ByIndex: &requests.PageByIndex{Document: f.ref, Index: page.number - 1}},
		DPI:  int(dpi), ImageFormat: requests.RenderImageFormatGrayscale,
	})
	if err != nil {
		return nil, err
	}
	defer rendered.Cleanup()
	drawn, ok := rendered.Result.RenderedImage.(*image.Gray)
	if !ok {
		return nil, errors.New("no grey picture")
	}
	picture := *drawn
	picture.Pix = slices.Clone(drawn.Pix) // the engine's own memory ends with Cleanup
	return &picture, nil
}

// isBlank is true if a picture has no dark spots worth looking at.
func isBlank(picture *image.Gray) bool {
	dark := 0
	bounds := picture.Bounds()
	for y := 0; y < bounds.Dy(); y++ {
		for _, v := range picture.Pix[y*picture.Stride : y*picture.Stride+bounds.Dx()] {
			if v < 160 {
				if dark++; dark > 200 {
					return false
				}
			}
		}
	}
	return true
}

// encodePGM writes the simplest format a picture can have, so that what reads
// it has little to get wrong.
func encodePGM(picture *image.Gray) []byte {
	bounds := picture.Bounds()
	var out bytes.Buffer
	out.Grow(bounds.Dx()*bounds.Dy() + 32)
	fmt.Fprintf(&out, "P5\n%d %d\n255\n", bounds.Dx(), bounds.Dy())
	for y := 0; y < bounds.Dy(); y++ {
		out.Write(picture.Pix[y*picture.Stride : y*picture.Stride+bounds.Dx()])
	}
	return out.Bytes()
}

// isPGM checks what a worker sends before another program reads it.
func isPGM(picture []byte) bool {
	var width, height int
	head, _, _ := bytes.Cut(picture[:min(len(picture), 40)], []byte("\n255\n"))
	if n, err := fmt.Sscanf(string(head), "P5\n%d %d", &width, &height); n != 2 || err != nil {
		return false
	}
	if width <= 0 || height <= 0 || width > 1<<16 || height > 1<<16 || width*height > 2*recognitionPixels {
		return false
	}
	return len(picture) == width*height+len(head)+len("\n255\n")
}

// word is a recognised word in pixels.
type word struct {
	text                     string
	left, top, width, height int
	line                     string // names the line it stands in
}

// readWords reads Tesseract's TSV.
func readWords(tsv []byte) []word {
	var words []word
	for line := range strings.Lines(string(tsv)) {
		fields := strings.SplitN(strings.TrimRight(line, "\r\n"), "\t", 12)
		if len(fields) < 12 || fields[0] != "5" {
			continue
		}
		var n [4]int
		valid := true
		for i := range n {
			value, err := strconv.Atoi(fields[6+i])
			n[i], valid = value, valid && err == nil && value >= 0 && value < 1<<16
		}
		confidence, err := strconv.ParseFloat(fields[10], 64)
		text := squeeze(strings.ToValidUTF8(fields[11], ""))
		if !valid || err != nil || confidence < leastConfidence || text == "" || n[2] == 0 || n[3] == 0 {
			continue
		}
		words = append(words, word{text: text, left: n[0], top: n[1], width: n[2], height: n[3], line: strings.Join(fields[2:5], ".")})
	}
	return words
}

// recognisedGlyphs spreads the letters of words over their boxes, in points,
// so that recognised pages are laid out and highlighted as all others are.
func recognisedGlyphs(tsv []byte, scaleX, scaleY float32) []glyph {
	words := readWords(tsv)
	size := usualHeight(words) * scaleY * bodyOfLetters
	var glyphs []glyph
	for i := 0; i < len(words) && len(glyphs) < glyphsPerPage; {
		end, tallest, top, bottom := i, 0, words[i].top, 0
		for end < len(words) && words[end].line == words[i].line {
			tallest = max(tallest, words[end].height)
			top, bottom = min(top, words[end].top), max(bottom, words[end].top+words[end].height)
			end++
		}
		height := float32(tallest) * scaleY * bodyOfLetters
		if height > 0.6*size && height < 1.45*size {
			height = size // letters with and without tails are of one size
		}
		for j := i; j < end; j++ {
			before := byte(' ')
			if j == i {
				before = '\n'
			}
			words[j].top, words[j].height = top, bottom-top // the line's, so that it stays one
			glyphs = appendWord(glyphs, words[j], scaleX, scaleY, height, before)
		}
		i = end
	}
	return glyphs
}

func appendWord(glyphs []glyph, w word, scaleX, scaleY, size float32, before byte) []glyph {
	letters := []rune(w.text)
	x, step := float32(w.left)*scaleX, float32(w.width)*scaleX/float32(len(letters))
	y0, y1 := float32(w.top)*scaleY, float32(w.top+w.height)*scaleY
	for _, r := range letters {
		place := box{x, y0, x + step, y1}
		glyphs = append(glyphs, glyph{r: r, shown: place, flow: place, size: max(size, 1), before: before})
		x, before = x+step, 0
	}
	return glyphs
}

// usualHeight is the median height of words, in pixels.
func usualHeight(words []word) float32 {
	if len(words) == 0 {
		return 0
	}
	heights := make([]int, len(words))
	for i, w := range words {
		heights[i] = w.height
	}
	slices.Sort(heights)
	return float32(heights[len(heights)/2])
}
