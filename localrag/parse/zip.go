package parse

import (
	"archive/zip"
	"cmp"
	"context"
	"errors"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding/charmap"

	"kontor/localrag"
)

// ratioFrom is the size from which a file in a ZIP is judged by its ratio:
// below it a bomb does no harm.
const ratioFrom = 16 << 20

// parseZIP reads the files in a ZIP, each with the parser of its own format,
// in the order of their paths. A ZIP of which no file can be read has the
// result of its files.
func parseZIP(ctx context.Context, r *Reader, in input, b *builder) error {
	a, err := openArchive(in.data, b)
	if err != nil {
		return err
	}
	names := make([]string, 0, len(a.files))
	for name := range a.files {
		if base := path.Base(name); !strings.HasSuffix(a.files[name].Name, "/") && !isClutter(name, base) {
			names = append(names, name)
		}
	}
	shown := func(name string) string { return memberName(entryName(a.files[name])) }
	slices.SortFunc(names, func(x, y string) int {
		return cmp.Or(strings.Compare(strings.ToLower(shown(x)), strings.ToLower(shown(y))), strings.Compare(x, y))
	})
	read := false
	for i, name := range names {
		b.report(i+1, len(names))
		if ctx.Err() != nil {
			return fail(localrag.CodeCancelled, ctx.Err())
		}
		data, err := a.member(name)
		if errors.Is(err, errBudget) {
			return err
		}
		if err != nil {
			b.unread = append(b.unread, Unread{Part: shown(name), Code: localrag.CodeOf(coded(err, localrag.CodeCorrupt))})
			if err := b.add(localrag.Attachment, shown(name), 0); err != nil {
				return err
			}
			continue
		}
		unread := len(b.unread)
		if err := r.addMember(ctx, b, member{name: shown(name), data: data}); err != nil {
			return err
		}
		read = read || len(b.unread) == unread
	}
	if !read {
		return unreadable(b.unread)
	}
	return nil
}

// isClutter knows what systems leave in archives beside the files people put there.
func isClutter(name, base string) bool {
	return strings.HasPrefix(name, "__MACOSX/") || strings.HasPrefix(base, ".") || strings.HasPrefix(base, "~$") ||
		strings.EqualFold(base, "thumbs.db") || strings.EqualFold(base, "desktop.ini")
}

// member unpacks a file in a ZIP under the limits.
func (a *archive) member(name string) ([]byte, error) {
	f := a.files[name]
	if size := f.UncompressedSize64; size > ratioFrom && size/uint64(a.limits.Ratio) > f.CompressedSize64 {
		return nil, failf(localrag.CodeTooLarge, "ratio over %d", a.limits.Ratio)
	}
	content, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer content.Close()
	data, err := io.ReadAll(content)
	if err != nil {
		return nil, coded(err, localrag.CodeCorrupt)
	}
	return data, nil
}

// entryName decodes the name of an entry: old programs write it in the code
// page of DOS.
func entryName(f *zip.File) string {
	if !f.NonUTF8 || utf8.ValidString(f.Name) {
		return strings.ToValidUTF8(f.Name, "\uFFFD")
	}
	name, err := charmap.CodePage850.NewDecoder().String(f.Name)
	if err != nil {
		return strings.ToValidUTF8(f.Name, "\uFFFD")
	}
	return name
}

// unreadable is the result of a ZIP of which nothing could be read: what
// people can do something about goes first.
func unreadable(files []Unread) error {
	for _, code := range []localrag.Code{localrag.CodePassword, localrag.CodeOfficeMissing, localrag.CodeNoTextLayer, localrag.CodeTooLarge, localrag.CodeCorrupt, localrag.CodeUnsupported} {
		if slices.ContainsFunc(files, func(u Unread) bool { return u.Code == code }) {
			return failf(code, "none of %d files in it could be read", len(files))
		}
	}
	return fail(localrag.CodeEmpty, nil)
}
