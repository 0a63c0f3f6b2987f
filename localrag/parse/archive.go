package parse

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"strings"

	"golang.org/x/net/html/charset"

	"kontor/localrag"
)

// archive reads the parts of a ZIP-based document. It counts what really comes
// out of the decompressor, not what the directory promises.
type archive struct {
	files  map[string]*zip.File
	double map[string]bool // names that stand twice: readers disagree on which counts
	limits Limits
	budget *budget
}

// listParts gives the names of the entries of a ZIP.
func listParts(data []byte) (partNames, error) {
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	names := make(partNames, len(r.File))
	for _, f := range r.File {
		names[partName(f.Name)]++
	}
	return names, nil
}

func partName(name string) string {
	return strings.TrimPrefix(path.Clean("/"+strings.ReplaceAll(name, `\`, "/")), "/")
}

func openArchive(data []byte, b *builder) (*archive, error) {
	limits := b.limits
	r, err := zip.NewReader(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fail(localrag.CodeCorrupt, err)
	}
	if len(r.File) > limits.Entries {
		return nil, failf(localrag.CodeTooLarge, "%d entries", len(r.File))
	}
	a := &archive{files: map[string]*zip.File{}, double: map[string]bool{}, limits: limits, budget: b.spend()}
	var packed uint64
	for _, f := range r.File {
		if packed += f.CompressedSize64; packed > uint64(len(data)) {
			return nil, failf(localrag.CodeCorrupt, "entries overlap")
		}
		name := partName(f.Name)
		if _, seen := a.files[name]; seen {
			a.double[name] = true
			continue
		}
		a.files[name] = f
	}
	return a, nil
}

func (a *archive) has(name string) bool { return a.files[name] != nil }

// errNoPart is returned for an entry that is not there.
var errNoPart = errors.New("part is missing")

// open reads a part under the limits. Encrypted entries give CodePassword.
func (a *archive) open(name string) (io.ReadCloser, error) {
	f := a.files[name]
	switch {
	case f == nil:
		return nil, errNoPart
	case a.double[name]:
		return nil, failf(localrag.CodeCorrupt, "a part stands twice")
	case f.Flags&1 != 0:
		return nil, fail(localrag.CodePassword, nil)
	case f.UncompressedSize64 > uint64(a.limits.UnpackedBytes):
		return nil, failf(localrag.CodeTooLarge, "part of %d bytes", f.UncompressedSize64)
	}
	content, err := f.Open()
	if err != nil {
		return nil, fail(localrag.CodeCorrupt, err)
	}
	return &countedPart{archive: a, content: content}, nil
}

type countedPart struct {
	archive *archive
	content io.ReadCloser
}

func (p *countedPart) Read(buffer []byte) (int, error) {
	n, err := p.content.Read(buffer)
	if spent := p.archive.budget.unpack(int64(n)); spent != nil {
		return n, spent
	}
	return n, err
}

func (p *countedPart) Close() error { return p.content.Close() }

// xml walks the tokens of a part. A part that is missing has no tokens.
func (a *archive) xml(name string, visit func(*xml.Decoder, xml.Token) error) error {
	part, err := a.open(name)
	if errors.Is(err, errNoPart) {
		return nil
	}
	if err != nil {
		return err
	}
	defer part.Close()
	if err := walkXML(part, a.limits.Depth, visit); err != nil {
		return coded(fmt.Errorf("part of an archive: %w", err), localrag.CodeCorrupt)
	}
	return nil
}

// walkXML calls visit for every token, refusing deep nesting. Entities are
// never resolved beyond XML's own five and nothing is ever fetched.
func walkXML(r io.Reader, depthLimit int, visit func(*xml.Decoder, xml.Token) error) error {
	d := xml.NewDecoder(r)
	d.CharsetReader = charset.NewReaderLabel
	depth := 0
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch token.(type) {
		case xml.StartElement:
			if depth++; depth > depthLimit {
				return failf(localrag.CodeTooLarge, "elements nested deeper than %d", depthLimit)
			}
		case xml.EndElement:
			depth--
		}
		if err := visit(d, token); err != nil {
			return err
		}
	}
}

// attribute finds an attribute by local name.
func attribute(e xml.StartElement, local string) string {
	for _, a := range e.Attr {
		if a.Name.Local == local {
			return a.Value
		}
	}
	return ""
}

// relationships of a part, by id and by the last word of their type.
type relationships struct {
	target map[string]string
	byType map[string][]string
}

// relationships reads the relations of a part. External targets are left out.
func (a *archive) relationships(part string) (relationships, error) {
	rels := relationships{map[string]string{}, map[string][]string{}}
	name := path.Join(path.Dir(part), "_rels", path.Base(part)+".rels")
	if part == "" {
		name = "_rels/.rels"
	}
	err := a.xml(name, func(_ *xml.Decoder, token xml.Token) error {
		e, ok := token.(xml.StartElement)
		if !ok || e.Name.Local != "Relationship" || attribute(e, "TargetMode") == "External" {
			return nil
		}
		target := attribute(e, "Target")
		if !strings.HasPrefix(target, "/") {
			target = path.Join(path.Dir(part), target)
		}
		target = partName(target)
		kind := path.Base(attribute(e, "Type"))
		rels.target[attribute(e, "Id")] = target
		rels.byType[kind] = append(rels.byType[kind], target)
		return nil
	})
	return rels, err
}

// first returns the first target of a type that exists, or fallback.
func (a *archive) first(rels relationships, kind, fallback string) string {
	for _, target := range rels.byType[kind] {
		if a.has(target) {
			return target
		}
	}
	return fallback
}
