package parse

import (
	"bytes"
	"context"
	"encoding/xml"
	"io"
	"path"

	"kontor/localrag"
)

const epubContainer = "META-INF/container.xml"

func isEPUB(data []byte, parts partNames) bool {
	return parts[epubContainer] > 0 || parts != nil && bytes.Contains(data[:min(len(data), 200)], []byte("application/epub+zip"))
}

// parseEPUB reads a book's chapters in reading order.
func parseEPUB(ctx context.Context, _ *Reader, in input, b *builder) error {
	a, err := openArchive(in.data, b)
	if err != nil {
		return err
	}
	var packagePart string
	err = a.xml(epubContainer, func(_ *xml.Decoder, token xml.Token) error {
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "rootfile" && packagePart == "" {
			packagePart = partName(attribute(e, "full-path"))
		}
		return nil
	})
	if err != nil {
		return err
	}
	if !a.has(packagePart) {
		return failf(localrag.CodeCorrupt, "no package")
	}
	if b.title, err = a.coreTitle(packagePart); err != nil {
		return err
	}
	chapters, err := bookChapters(a, packagePart)
	if err != nil {
		return err
	}
	for i, chapter := range chapters {
		b.report(i+1, len(chapters))
		if err := readChapter(ctx, a, chapter, b); err != nil {
			return err
		}
	}
	return nil
}

func bookChapters(a *archive, packagePart string) ([]string, error) {
	hrefs := map[string]string{}
	var chapters []string
	err := a.xml(packagePart, func(_ *xml.Decoder, token xml.Token) error {
		e, ok := token.(xml.StartElement)
		if !ok {
			return nil
		}
		switch e.Name.Local {
		case "item":
			hrefs[attribute(e, "id")] = partName(path.Join(path.Dir(packagePart), attribute(e, "href")))
		case "itemref":
			if href := hrefs[attribute(e, "idref")]; href != "" && len(chapters) < a.limits.Entries {
				chapters = append(chapters, href)
			}
		}
		return nil
	})
	return chapters, err
}

func readChapter(ctx context.Context, a *archive, part string, b *builder) error {
	if !a.has(part) {
		return nil
	}
	content, err := a.open(part)
	if err != nil {
		return err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return coded(err, localrag.CodeCorrupt)
	}
	text, err := decodeHTML(data)
	if err != nil {
		return err
	}
	return readHTML(ctx, text, b)
}
