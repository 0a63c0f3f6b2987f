package parse

import (
	"errors"
	"fmt"
	"time"

	"kontor/localrag"
)

// Limits bound what one document may cost. Zero fields take the default.
type Limits struct {
	FileBytes     int64         `json:"fileBytes"`     // size of the file
	UnpackedBytes int64         `json:"unpackedBytes"` // sum over the parts of archives and the attachments that are read
	Ratio         int64         `json:"ratio"`         // unpacked ÷ packed size of a file in a ZIP, from 16 MiB on
	Members       int           `json:"members"`       // files in a ZIP and attachments of messages, all levels together
	Nesting       int           `json:"nesting"`       // of files in files
	TextBytes     int           `json:"textBytes"`     // text of a document
	Pages         int           `json:"pages"`
	Entries       int           `json:"entries"`     // in an archive
	Depth         int           `json:"depth"`       // of nested elements
	MemoryBytes   int64         `json:"memoryBytes"` // resident memory of a worker
	Silence       time.Duration `json:"silence"`     // time without progress before a worker is killed
	PerDocument   time.Duration `json:"perDocument"` // time for one document, for each 200 pages begun
}

// DefaultLimits suit office documents on a small computer.
func DefaultLimits() Limits {
	return Limits{
		FileBytes:     200 << 20,
		UnpackedBytes: 200 << 20,
		Ratio:         200,
		Members:       2000,
		Nesting:       4,
		TextBytes:     20 << 20,
		Pages:         20000,
		Entries:       10000,
		Depth:         512,
		MemoryBytes:   1 << 30,
		Silence:       30 * time.Second,
		PerDocument:   30 * time.Second,
	}
}

func (l Limits) withDefaults() Limits {
	d := DefaultLimits()
	fill(&l.FileBytes, d.FileBytes)
	fill(&l.UnpackedBytes, d.UnpackedBytes)
	fill(&l.Ratio, d.Ratio)
	fill(&l.Members, d.Members)
	fill(&l.Nesting, d.Nesting)
	fill(&l.TextBytes, d.TextBytes)
	fill(&l.Pages, d.Pages)
	fill(&l.Entries, d.Entries)
	fill(&l.Depth, d.Depth)
	fill(&l.MemoryBytes, d.MemoryBytes)
	fill(&l.Silence, d.Silence)
	fill(&l.PerDocument, d.PerDocument)
	return l
}

func fill[T comparable](field *T, value T) {
	var zero T
	if *field == zero {
		*field = value
	}
}

func fail(code localrag.Code, cause error) error {
	return &localrag.Error{Code: code, Cause: cause}
}

func failf(code localrag.Code, format string, args ...any) error {
	return &localrag.Error{Code: code, Cause: fmt.Errorf(format, args...)}
}

// coded gives err the code if it has none yet.
func coded(err error, code localrag.Code) error {
	var known *localrag.Error
	if err == nil || errors.As(err, &known) {
		return err
	}
	return fail(code, err)
}
