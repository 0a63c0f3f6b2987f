package parse

import (
	"bytes"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/klippa-app/go-pdfium"
	pdferrors "github.com/klippa-app/go-pdfium/errors"
	"github.com/klippa-app/go-pdfium/references"
	"github.com/klippa-app/go-pdfium/requests"
	"github.com/klippa-app/go-pdfium/webassembly"
	"github.com/tetratelabs/wazero"
	"github.com/tetratelabs/wazero/api"
	"github.com/tetratelabs/wazero/experimental"

	"kontor/localrag"
)

// engineMemoryPages bounds PDFium's own memory, in WebAssembly pages of 64 KiB.
const engineMemoryPages = 256 << 20 >> 16

func isPDF(data []byte, parts partNames) bool {
	return parts == nil && bytes.Contains(data[:min(len(data), 1024)], []byte("%PDF-"))
}

// pdfEngine is PDFium as WebAssembly: without a file system, without a
// network, with bounded memory. Each document gets an instance of its own,
// because the memory of an instance never shrinks.
type pdfEngine struct {
	cacheDir string
	cache    wazero.CompilationCache
	pool     pdfium.Pool
	memory   atomic.Int64 // bytes instances use, where Go does not count them
}

func newPDFEngine(cacheDir string) *pdfEngine { return &pdfEngine{cacheDir: cacheDir} }

// open compiles PDFium or takes it from the cache.
func (e *pdfEngine) open() error {
	if e.pool != nil {
		return nil
	}
	config := wazero.NewRuntimeConfig().
		WithCoreFeatures(api.CoreFeaturesV2 | experimental.CoreFeaturesExceptionHandling).
		WithMemoryLimitPages(engineMemoryPages)
	if e.cacheDir != "" {
		// A cache that cannot be used costs seconds, not the document.
		if cache, err := wazero.NewCompilationCacheWithDir(e.cacheDir); err == nil {
			e.cache = cache
			config = config.WithCompilationCache(cache)
		}
	}
	pool, err := webassembly.Init(webassembly.Config{
		Context:       withEngineMemory(context.Background(), &e.memory),
		MaxTotal:      1,
		FSConfig:      wazero.NewFSConfig(),
		RuntimeConfig: config,
		RandomSource:  rand.Reader,
		Stdout:        io.Discard,
		Stderr:        io.Discard,
	})
	if err != nil {
		return fail(localrag.CodeCrashed, fmt.Errorf("starting the PDF engine: %w", err))
	}
	e.pool = pool
	return nil
}

func (e *pdfEngine) close() error {
	if e.pool == nil {
		return nil
	}
	err := e.pool.Close()
	e.pool = nil
	if e.cache != nil {
		err = errors.Join(err, e.cache.Close(context.Background()))
		e.cache = nil
	}
	return err
}

// pdfFile is an open document.
type pdfFile struct {
	api   pdfium.Pdfium
	ref   references.FPDF_DOCUMENT
	pages int
}

// openFile opens a document without a password.
func (e *pdfEngine) openFile(data []byte) (*pdfFile, error) {
	if err := e.open(); err != nil {
		return nil, err
	}
	instance, err := e.pool.GetInstance(10 * time.Second)
	if err != nil {
		return nil, fail(localrag.CodeCrashed, err)
	}
	file := &pdfFile{api: instance}
	opened, err := instance.OpenDocument(&requests.OpenDocument{FileReader: bytes.NewReader(data), FileReaderSize: int64(len(data))})
	if err != nil {
		file.close()
		switch {
		case errors.Is(err, pdferrors.ErrPassword), errors.Is(err, pdferrors.ErrSecurity):
			return nil, fail(localrag.CodePassword, err)
		}
		return nil, fail(localrag.CodeCorrupt, errors.New("the PDF engine cannot open the file"))
	}
	file.ref = opened.Document
	count, err := instance.FPDF_GetPageCount(&requests.FPDF_GetPageCount{Document: file.ref})
	if err != nil {
		file.close()
		return nil, fail(localrag.CodeCorrupt, err)
	}
	file.pages = count.PageCount
	return file, nil
}

// close gives the instance back with all its memory. Faults of an instance
// that broke before do not matter any more.
func (f *pdfFile) close() {
	_ = f.api.Close()
}

// parsePDF extracts the text page by page. A page that breaks the engine is
// left out; after three of them the rest is given up.
func parsePDF(ctx context.Context, r *Reader, in input, b *builder) error {
	file, err := r.pdf.openFile(in.data)
	if err != nil {
		return err
	}
	defer func() {
		if file != nil {
			file.close()
		}
	}()
	pages := file.pages
	if pages == 0 {
		return failf(localrag.CodeCorrupt, "no pages")
	}
	if pages > b.limits.Pages {
		return failf(localrag.CodeTooLarge, "%d pages", pages)
	}
	b.title = file.metaTitle()
	doc := pdfDocument{builder: b, pages: pages}
	o := recogniser{reader: r}
	broken, unreadable := 0, 0
	for number := 1; number <= pages; number++ {
		b.report(number, pages)
		if ctx.Err() != nil {
			return fail(localrag.CodeCancelled, ctx.Err())
		}
		page, err := o.page(ctx, file, number)
		if code := localrag.CodeOf(err); code == localrag.CodeCancelled || code == localrag.CodeCrashed {
			return err
		}
		var trap *engineTrap
		switch {
		case errors.As(err, &trap):
			file.close()
			if file = nil; broken == 3 {
				return doc.givenUp(pages - number)
			}
			broken++
			if file, err = r.pdf.openFile(in.data); err != nil {
				return err
			}
			doc.skipPage(number)
			continue
		case err != nil:
			unreadable++
			if unreadable > 200 && len(doc.blocks) == 0 {
				return failf(localrag.CodeCorrupt, "no readable page")
			}
			doc.skipPage(number)
			continue
		}
		if err := doc.addPage(page); err != nil {
			return err
		}
	}
	if unreadable == pages {
		return failf(localrag.CodeCorrupt, "no readable page")
	}
	if broken > 0 && len(doc.blocks) == 0 {
		return failf(localrag.CodeTooLarge, "the PDF engine failed on %d pages", broken)
	}
	b.picturesOfPages, b.recognised = true, o.used
	doc.finish()
	return nil
}

func (f *pdfFile) metaTitle() string {
	meta, err := f.api.FPDF_GetMetaText(&requests.FPDF_GetMetaText{Document: f.ref, Tag: "Title"})
	if err != nil {
		return ""
	}
	title := squeeze(meta.Value)
	if !hasLetterOrDigit(title) {
		return ""
	}
	return title
}

// engineTrap is a fault after which an instance must not be used any more.
type engineTrap struct{ cause error }

func (t *engineTrap) Error() string { return "PDF engine: " + t.cause.Error() }
func (t *engineTrap) Unwrap() error { return t.cause }
