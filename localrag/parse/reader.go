package parse

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"kontor/localrag"
)

// Result is a parsed document and what else is known about its file.
type Result struct {
	localrag.ParsedDocument
	// Format is the name of the format the content has, see [Formats].
	Format string
	// PagesWithoutText lists pages that hold no text, for example scanned ones.
	PagesWithoutText []int
	// Unread lists files in the document, such as attachments, that could not
	// be read.
	Unread []Unread
}

// Unread is a file in a document that could not be read, and why.
type Unread struct {
	Part string        `json:"part"` // as in [localrag.Location]
	Code localrag.Code `json:"code"`
}

// Progress says how far a document is. Pages is 0 while the number is unknown;
// in a ZIP or a mailbox its files and messages count as pages.
type Progress struct {
	Page  int `json:"page"`
	Pages int `json:"pages"`
	// Work is what was begun of files in the document, in pages: the time it
	// may take grows with it.
	Work int `json:"work,omitempty"`
}

// ReaderOptions configure a [Reader].
type ReaderOptions struct {
	// CacheDir keeps the compiled PDF engine. Without it every start compiles
	// for some seconds.
	CacheDir string
	Limits   Limits
	// Help is what other programs can do for it.
	Help Help
}

// Reader parses documents that are in memory, in this process. Use a [Pool]
// for files of unknown origin. Not safe for concurrent use.
type Reader struct {
	options ReaderOptions
	pdf     *pdfEngine
}

// NewReader makes a reader. It starts nothing before the first document.
func NewReader(options ReaderOptions) *Reader {
	options.Limits = options.Limits.withDefaults()
	return &Reader{options: options, pdf: newPDFEngine(options.CacheDir)}
}

// Open starts the PDF engine now, so that later no file is needed.
func (r *Reader) Open() error { return r.pdf.open() }

// Close ends the PDF engine.
func (r *Reader) Close() error { return r.pdf.close() }

// input is what a parser gets.
type input struct {
	data []byte
	name string
}

// Parse reads a document. Its name's extension is a hint only. Progress may be
// nil. Every error is a *[localrag.Error]; a parser that panics gives
// CodeCrashed.
func (r *Reader) Parse(ctx context.Context, data []byte, name string, progress func(Progress)) (result Result, err error) {
	defer recoverCrash(&err)
	limits := r.options.Limits
	if len(data) == 0 {
		return Result{}, fail(localrag.CodeEmpty, nil)
	}
	if int64(len(data)) > limits.FileBytes {
		return Result{}, failf(localrag.CodeTooLarge, "file of %d bytes", len(data))
	}
	format, err := detect(data, name)
	if err != nil {
		return Result{}, err
	}
	if err := ctx.Err(); err != nil {
		return Result{}, fail(localrag.CodeCancelled, err)
	}
	b := &builder{limits: limits, progress: progress}
	if err := format.parse(ctx, r, input{data: data, name: name}, b); err != nil {
		if errors.Is(err, context.Canceled) {
			return Result{}, coded(err, localrag.CodeCancelled)
		}
		return Result{}, coded(err, localrag.CodeCorrupt)
	}
	return b.result(format.Name)
}

// recoverCrash makes an error of a panic: a fault in a parser is a fact about
// the file for its owner, not the end of the program.
func recoverCrash(err *error) {
	if fault := recover(); fault != nil {
		*err = fail(localrag.CodeCrashed, fmt.Errorf("panic %T at %s", fault, crashSite(debug.Stack())))
	}
}

// crashSite keeps the functions of a stack and drops values, which may hold
// text of the document.
func crashSite(stack []byte) string {
	const limit = 1500
	site := make([]byte, 0, limit)
	depth := 0
	for _, c := range stack {
		switch {
		case c == '(':
			depth++
		case c == ')' && depth > 0:
			depth--
		case depth == 0 && len(site) < limit:
			site = append(site, c)
		}
	}
	return string(site)
}
