package parse

import (
	"bytes"
	"context"
	"path/filepath"
	"slices"
	"strings"

	"kontor/localrag"
)

// Format describes a kind of file that can be read.
type Format struct {
	Name       string   `json:"name"`
	Extensions []string `json:"extensions"` // lower case with dot, the usual one first
	MediaTypes []string `json:"mediaTypes"`
	Pages      bool     `json:"pages"` // places in it have a page
}

// format is a row of the table: how to know the format and how to read it.
type format struct {
	Format
	// signature is true if content can only be this format; nil for formats
	// that are known by their extension.
	signature func(data []byte, parts partNames) bool
	// text formats are also read if only the extension says so.
	text  bool
	parse func(ctx context.Context, r *Reader, in input, b *builder) error
}

// formats is the table. A new format is one file and one row; the first row
// whose signature fits wins.
func formats() []format {
	return []format{
		{Format{"pdf", []string{".pdf"}, []string{"application/pdf"}, true}, isPDF, false, parsePDF},
		{Format{"docx", []string{".docx", ".docm", ".dotx"},
			[]string{"application/vnd.openxmlformats-officedocument.wordprocessingml.document"}, false}, isDOCX, false, parseDOCX},
		{Format{"xlsx", []string{".xlsx", ".xlsm"}, []string{"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}, false}, isXLSX, false, parseXLSX},
		{Format{"pptx", []string{".pptx", ".pptm", ".ppsx"},
			[]string{"application/vnd.openxmlformats-officedocument.presentationml.presentation"}, false}, isPPTX, false, parsePPTX},
		{Format{"odt", []string{".odt"}, []string{"application/vnd.oasis.opendocument.text"}, false}, isODF("text"), false, parseODF},
		{Format{"ods", []string{".ods"}, []string{"application/vnd.oasis.opendocument.spreadsheet"}, false}, isODF("spreadsheet"), false, parseODF},
		{Format{"odp", []string{".odp"}, []string{"application/vnd.oasis.opendocument.presentation"}, false}, isODF("presentation"), false, parseODF},
		{Format{"epub", []string{".epub"}, []string{"application/epub+zip"}, false}, isEPUB, false, parseEPUB},
		{Format{"rtf", []string{".rtf"}, []string{"application/rtf", "text/rtf"}, false}, isRTF, false, parseRTF},
		{Format{"msg", []string{".msg", ".oft"}, []string{"application/vnd.ms-outlook"}, false}, isCompound(messageProperties), false, parseMSG},
		{Format{"mbox", []string{".mbox", ".mbx"}, []string{"application/mbox"}, false}, isMBOX, true, parseMBOX},
		{Format{"eml", []string{".eml"}, []string{"message/rfc822"}, false}, nil, true, parseEML},
		{Format{"zip", []string{".zip"}, []string{"application/zip", "application/x-zip-compressed"}, false}, nil, false, parseZIP},
		{Format{"doc", []string{".doc", ".dot"}, []string{"application/msword"}, false}, isCompound(streamWord), false, parseLegacy("doc")},
		{Format{"xls", []string{".xls", ".xlt"}, []string{"application/vnd.ms-excel"}, false}, isCompound(streamExcel, streamOldExcel), false, parseLegacy("xls")},
		{Format{"ppt", []string{".ppt", ".pps", ".pot"}, []string{"application/vnd.ms-powerpoint"}, false}, isCompound(streamPresenter), false, parseLegacy("ppt")},
		{Format{"png", []string{".png"}, []string{"image/png"}, true}, nil, false, parsePicture},
		{Format{"jpeg", []string{".jpg", ".jpeg"}, []string{"image/jpeg"}, true}, nil, false, parsePicture},
		{Format{"tiff", []string{".tif", ".tiff"}, []string{"image/tiff"}, true}, nil, false, parsePicture},
		{Format{"csv", []string{".csv", ".tsv"}, []string{"text/csv", "text/tab-separated-values"}, false}, nil, true, parseCSV},
		{Format{"html", []string{".html", ".htm", ".xhtml"}, []string{"text/html", "application/xhtml+xml"}, false}, isHTML, true, parseHTML},
		{Format{"md", []string{".md", ".markdown"}, []string{"text/markdown"}, false}, nil, true, parseMarkdown},
		{Format{"txt", []string{".txt", ".text", ".log"}, []string{"text/plain"}, false}, nil, true, parseText},
	}
}

// Formats lists what can be read.
func Formats() []Format {
	var list []Format
	for _, f := range formats() {
		list = append(list, f.Format)
	}
	return list
}

// Supported is true if the file's extension is that of a known format.
func Supported(name string) bool {
	_, ok := byExtension(name)
	return ok
}

func byExtension(name string) (format, bool) {
	extension := strings.ToLower(filepath.Ext(name))
	for _, f := range formats() {
		if slices.Contains(f.Extensions, extension) {
			return f, true
		}
	}
	return format{}, false
}

// partNames are the names of an archive's entries, nil if it is none.
type partNames map[string]int

// detect finds the format of a document, by content before extension.
func detect(data []byte, name string) (format, error) {
	var parts partNames
	archive := bytes.HasPrefix(data, []byte("PK\x03\x04")) || bytes.HasPrefix(data, []byte("PK\x05\x06"))
	var archiveErr error
	if archive {
		parts, archiveErr = listParts(data)
	}
	for _, f := range formats() {
		if f.signature != nil && f.signature(data, parts) {
			return f, nil
		}
	}
	named, known := byExtension(name)
	switch {
	case isOLE(data):
		return format{}, oleFailure(data)
	case archive && archiveErr != nil && known:
		return format{}, coded(archiveErr, localrag.CodeCorrupt)
	case archive && len(parts) == 0 && known:
		return format{}, failf(localrag.CodeCorrupt, "archive without entries")
	case archive && known && named.Name == "zip":
		return named, nil
	case known && isPicture(data) && isPictureFormat(named.Name):
		kind, _ := byExtension("x." + pictureKind(data))
		return kind, nil
	case archive || isForeign(data):
		return format{}, failf(localrag.CodeUnsupported, "content of no known format")
	case known && named.text:
		return named, nil
	case known:
		return format{}, failf(localrag.CodeCorrupt, "content is not %s", named.Name)
	case looksLikeText(data):
		text, _ := byExtension("x.txt")
		return text, nil
	}
	return format{}, failf(localrag.CodeUnsupported, "content of no known format")
}

// isForeign knows files that are certainly neither text nor a document.
func isForeign(data []byte) bool {
	for _, magic := range []string{
		"\x7fELF", "MZ", "\x89PNG\r\n", "GIF8", "\xff\xd8\xff", "\x1f\x8b", "BZh", "\xfd7zXZ", "7z\xbc\xaf", "Rar!",
		"\xca\xfe\xba\xbe", "\xcf\xfa\xed\xfe", "OggS", "ID3", "RIFF", "SQLite format 3\x00", "\x00\x00\x01\x00",
	} {
		if bytes.HasPrefix(data, []byte(magic)) && (magic != "MZ" || bytes.IndexByte(data[:min(len(data), 512)], 0) >= 0) {
			return true
		}
	}
	return false
}

func isPictureFormat(name string) bool { return name == "png" || name == "jpeg" || name == "tiff" }
