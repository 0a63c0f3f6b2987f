package parse

import (
	"context"
	"errors"
	"strings"

	"kontor/localrag"
)

// budget is what a document and all files in it may still use together.
type budget struct {
	limits   Limits
	unpacked int64 // bytes
	members  int
	work     int // of members, in pages
}

// memberWork is what a file in a document counts for, in pages.
const memberWork = 20

// errBudget ends the reading of a document whose files in files are too many
// or too much.
var errBudget = errors.New("the files in it are too many or too large")

// unpack counts bytes that came out of an archive or a message.
func (g *budget) unpack(n int64) error {
	if g.unpacked += n; g.unpacked > g.limits.UnpackedBytes {
		return fail(localrag.CodeTooLarge, errBudget)
	}
	return nil
}

// left is how many bytes may still be unpacked.
func (g *budget) left() int64 { return max(0, g.limits.UnpackedBytes-g.unpacked) }

// spend gives the budget of the document, made when it is first needed.
func (b *builder) spend() *budget {
	if b.budget == nil {
		b.budget = &budget{limits: b.limits}
	}
	return b.budget
}

// member is a file in a document: an attachment, an entry of a ZIP.
type member struct {
	name string // as people see it; its extension is a hint
	data []byte
}

// addMember reads a file in the document b with the parser of its format and
// adds it as a section of its own. A file that cannot be read is noted and
// named in the text, so that it is found by its name. Only what ends the
// reading of the whole document is an error.
func (r *Reader) addMember(ctx context.Context, b *builder, m member) error {
	text, code, err := r.readMember(ctx, b, m)
	name := shorten(m.name, 200)
	switch {
	case err != nil:
		return err
	case code != "":
		b.unread = append(b.unread, Unread{Part: joinParts(b.section, name), Code: code})
		return b.add(localrag.Attachment, name, 0)
	}
	return b.graft(name, text)
}

// readMember gives the text of a file, or the code of why there is none.
func (r *Reader) readMember(ctx context.Context, b *builder, m member) (*builder, localrag.Code, error) {
	g := b.spend()
	if g.members++; g.members > b.limits.Members {
		return nil, "", fail(localrag.CodeTooLarge, errBudget)
	}
	if b.depth >= b.limits.Nesting {
		return nil, localrag.CodeTooLarge, nil
	}
	if len(m.data) == 0 {
		return nil, localrag.CodeEmpty, nil
	}
	g.work += memberWork
	b.report(0, 0)
	inner := &builder{limits: b.limits, budget: g, depth: b.depth + 1}
	base, seen := g.work, 0
	inner.progress = func(p Progress) { // of the whole document only the work is told
		if p.Pages > seen && b.depth == 0 {
			g.work, seen = base+min(p.Pages, b.limits.Pages), p.Pages
		}
		b.report(0, 0)
	}
	format, err := detect(m.data, m.name)
	if err == nil {
		err = format.parse(ctx, r, input{data: m.data, name: m.name}, inner)
	}
	if err == nil {
		err = inner.nothing()
	}
	if ctx.Err() != nil {
		return nil, "", fail(localrag.CodeCancelled, ctx.Err())
	}
	if errors.Is(err, errBudget) {
		return nil, "", err
	}
	if code := localrag.CodeOf(coded(err, localrag.CodeCorrupt)); code != "" {
		return nil, code, nil
	}
	return inner, "", nil
}

// graft adds the text of a file in the document under its name.
func (b *builder) graft(name string, inner *builder) error {
	place := b.place
	defer func() { b.place = place }()
	part := joinParts(b.section, name)
	b.place = localrag.Location{Part: part}
	if len(inner.blocks) > 0 { // the name belongs to the first page, or it would stand alone
		first := inner.blocks[0].Location
		b.place.Page, b.place.Slide, b.place.Sheet = first.Page, first.Slide, first.Sheet
	}
	outer := b.outline
	b.outline = outline{}
	defer func() { b.outline = outer }()
	if err := b.add(localrag.Heading, name, 1); err != nil {
		return err
	}
	text := inner.text.String()
	if b.text.Len()+len(text)+2 > b.limits.TextBytes {
		return failf(localrag.CodeTooLarge, "text over %d bytes", b.limits.TextBytes)
	}
	b.text.WriteString("\n\n")
	shift := b.text.Len()
	b.text.WriteString(text)
	for _, block := range inner.blocks {
		block.Start += shift
		block.End += shift
		block.Location.Part = joinParts(part, block.Location.Part)
		b.blocks = append(b.blocks, block)
	}
	for _, u := range inner.unread {
		b.unread = append(b.unread, Unread{Part: joinParts(part, u.Part), Code: u.Code})
	}
	return nil
}

func joinParts(outer, inner string) string {
	switch {
	case outer == "":
		return inner
	case inner == "":
		return outer
	}
	return outer + headingSeparator + inner
}

// memberName makes a name people can read of a path in an archive or message.
func memberName(name string) string {
	name = strings.ReplaceAll(squeeze(name), `\`, "/")
	for strings.HasPrefix(name, "/") || strings.HasPrefix(name, "../") || strings.HasPrefix(name, "./") {
		name = strings.TrimPrefix(strings.TrimLeft(name, "/"), "..")
		name = strings.TrimPrefix(name, "./")
	}
	return name
}
