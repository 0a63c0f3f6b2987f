package parse

import (
	"context"
	"encoding/binary"

	"kontor/localrag"
)

// Streams by which the old formats of Office are known.
const (
	streamWord      = "WordDocument"
	streamExcel     = "Workbook"
	streamOldExcel  = "Book"
	streamPresenter = "PowerPoint Document"
)

// modern is the format an old one is converted to, "" for no old format.
func modern(format string) string {
	switch format {
	case "doc":
		return "docx"
	case "xls":
		return "xlsx"
	case "ppt":
		return "pptx"
	}
	return ""
}

// parseLegacy reads a document of an old format by way of its conversion to
// the new one. Its places are those of the new document.
func parseLegacy(old string) func(context.Context, *Reader, input, *builder) error {
	return func(ctx context.Context, r *Reader, in input, b *builder) error {
		file, err := openCompound(in.data)
		if err != nil {
			return err
		}
		if file.encrypted() {
			return fail(localrag.CodePassword, nil)
		}
		if r.options.Help.Convert == nil {
			return fail(localrag.CodeOfficeMissing, nil)
		}
		b.report(0, 0)
		data, err := r.options.Help.Convert(ctx, old, in.data)
		if err != nil {
			return err
		}
		name := "document." + modern(old)
		format, err := detect(data, name)
		if err != nil || format.Name != modern(old) {
			return failf(localrag.CodeConversion, "the converter made something else")
		}
		return format.parse(ctx, r, input{data: data, name: name}, b)
	}
}

// encrypted knows documents with a password by the marks the formats have for it.
func (f *compoundFile) encrypted() bool {
	if f.streams["EncryptedSummary"] != nil {
		return true
	}
	if head := f.stream(streamWord); len(head) >= 12 && binary.LittleEndian.Uint16(head[10:])&0x0100 != 0 {
		return true
	}
	for _, name := range []string{streamExcel, streamOldExcel} {
		book := f.stream(name)
		for at, count := 0, 0; at+4 <= len(book) && count < 10; count++ { // its mark is one of the first records
			if binary.LittleEndian.Uint16(book[at:]) == 0x002F {
				return true
			}
			at += 4 + int(binary.LittleEndian.Uint16(book[at+2:]))
		}
	}
	user := f.stream("Current User")
	return len(user) >= 16 && binary.LittleEndian.Uint32(user[12:]) == 0xF3D1C4DF
}
