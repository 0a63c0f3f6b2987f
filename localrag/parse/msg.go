package parse

import (
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"golang.org/x/net/html/charset"
	"golang.org/x/text/encoding/htmlindex"

	"kontor/localrag"
)

// messageProperties is the stream that makes a compound file a message.
const messageProperties = "__properties_version1.0"

// Properties of a message, of its recipients and its attachments, as MAPI
// numbers them ([MS-OXPROPS]).
const (
	propSubject        = 0x0037
	propSubmitted      = 0x0039
	propDelivered      = 0x0E06
	propSender         = 0x0C1A
	propSenderAddress  = 0x0C1F
	propSenderSMTP     = 0x5D01
	propTo             = 0x0E04
	propCc             = 0x0E03
	propBody           = 0x1000
	propRTF            = 0x1009
	propHTML           = 0x1013
	propInternetPage   = 0x3FDE
	propMessagePage    = 0x3FFD
	propAttachmentData = 0x3701
	propShortName      = 0x3704
	propLongName       = 0x3707
	propMediaType      = 0x370E
	propDisplayName    = 0x3001
	propHidden         = 0x7FFE
)

// Types of properties.
const (
	typeString  = 0x001E
	typeUnicode = 0x001F
	typeBinary  = 0x0102
	typeObject  = 0x000D
)

// parseMSG reads a message as Outlook saves it: who, when and about what, the
// text, and the attachments, each with the parser of its own format.
func parseMSG(ctx context.Context, reader *Reader, in input, b *builder) error {
	file, err := openCompound(in.data)
	if err != nil {
		return err
	}
	r := msgReader{mail: mailReader{ctx: ctx, reader: reader, builder: b}, file: file}
	return r.message("", 32, 0)
}

type msgReader struct {
	mail mailReader
	file *compoundFile
}

// msgObject is a message, a recipient or an attachment: streams under a
// prefix and values of fixed length in a table.
type msgObject struct {
	file   *compoundFile
	prefix string
	values map[uint16][]byte
	page   string // of strings that are not Unicode
}

// object opens what lies under a prefix; header is the length of the part
// before the table of values.
func (r *msgReader) object(prefix string, header int) msgObject {
	o := msgObject{file: r.file, prefix: prefix, values: map[uint16][]byte{}}
	table := r.file.stream(prefix + messageProperties)
	for at := header; at+16 <= len(table); at += 16 {
		o.values[binary.LittleEndian.Uint16(table[at+2:])] = table[at+8 : at+16]
	}
	return o
}

func (o msgObject) raw(property, kind uint16) []byte {
	return o.file.stream(fmt.Sprintf("%s__substg1.0_%04X%04X", o.prefix, property, kind))
}

// text gives a string property.
func (o msgObject) text(property uint16) string {
	if data := o.raw(property, typeUnicode); len(data) > 1 {
		return strings.TrimRight(decodeUTF16(data, binary.LittleEndian), "\x00")
	}
	return o.decode(o.raw(property, typeString))
}

// decode reads bytes in the message's code page.
func (o msgObject) decode(data []byte) string {
	if len(data) == 0 {
		return ""
	}
	if text, ok := decodeLabel(o.page, data); ok {
		return strings.TrimRight(text, "\x00")
	}
	text, err := decodeText(data)
	if err != nil {
		return ""
	}
	return strings.TrimRight(text, "\x00 ")
}

// decodeLabel decodes by the name of an encoding.
func decodeLabel(label string, data []byte) (string, bool) {
	if label == "" {
		return "", false
	}
	decoded, err := charset.NewReaderLabel(label, strings.NewReader(string(data)))
	if err != nil {
		return "", false
	}
	text, err := io.ReadAll(decoded)
	return cleanText(string(text)), err == nil
}

func (o msgObject) number(property uint16) uint32 {
	if value := o.values[property]; len(value) == 8 {
		return binary.LittleEndian.Uint32(value)
	}
	return 0
}

// when gives a time as a mail header writes it, "" if it is not there.
func (o msgObject) when(property uint16) string {
	value := o.values[property]
	if len(value) != 8 {
		return ""
	}
	ticks := binary.LittleEndian.Uint64(value) // of 100 ns since 1601
	const epoch = 116444736000000000
	if ticks <= epoch || ticks > 1<<62 {
		return ""
	}
	return time.Unix(int64((ticks-epoch)/1e7), 0).UTC().Format(time.RFC1123Z)
}

// pageName is the name of a Windows code page, "" for what is Unicode or unknown.
func pageName(number uint32) string {
	name := fmt.Sprintf("windows-%d", number)
	switch number {
	case 0, 1200, 65001:
		return ""
	case 20127:
		return "us-ascii"
	case 28591, 28592, 28593, 28594, 28595, 28597, 28599, 28605:
		name = fmt.Sprintf("iso-8859-%d", number-28590)
	case 20866:
		name = "koi8-r"
	case 932:
		name = "shift_jis"
	case 936:
		name = "gbk"
	case 949:
		name = "euc-kr"
	case 950:
		name = "big5"
	}
	if _, err := htmlindex.Get(name); err != nil {
		return ""
	}
	return name
}

func (r *msgReader) message(prefix string, header, depth int) error {
	if depth > msgDepth {
		return nil
	}
	o := r.object(prefix, header)
	if o.page = pageName(o.number(propMessagePage)); o.page == "" {
		o.page = pageName(o.number(propInternetPage))
	}
	when := o.when(propSubmitted)
	if when == "" {
		when = o.when(propDelivered)
	}
	start := r.mail.builder.text.Len()
	err := r.mail.head(map[string]string{
		"Subject": o.text(propSubject), "From": o.sender(), "To": o.text(propTo), "Cc": o.text(propCc), "Date": when,
	}, depth)
	if err != nil {
		return err
	}
	r.mail.start = start
	if err := r.body(o); err != nil {
		return err
	}
	return r.attachments(prefix, o.page, depth)
}

// msgDepth bounds messages inside messages.
const msgDepth = 20

func (o msgObject) sender() string {
	name, address := strings.TrimSpace(o.text(propSender)), o.text(propSenderSMTP)
	if address == "" {
		address = o.text(propSenderAddress)
	}
	switch address = strings.TrimSpace(address); {
	case !strings.Contains(address, "@") || strings.HasPrefix(address, "/") || address == name: // an address inside Exchange says nothing
		return name
	case name == "":
		return address
	}
	return name + " <" + address + ">"
}

// body adds the text: the plain one, and what the HTML or the RTF says beyond it.
func (r *msgReader) body(o msgObject) error {
	plain := o.text(propBody)
	if strings.TrimSpace(plain) != "" {
		if err := r.mail.text("text/plain", "", []byte(plain)); err != nil {
			return err
		}
	}
	page := o.raw(propHTML, typeBinary)
	if len(page) == 0 {
		page = []byte(o.text(propHTML))
	}
	if len(page) > 0 {
		label := pageName(o.number(propInternetPage))
		return r.mail.text("text/html", label, page)
	}
	if strings.TrimSpace(plain) != "" {
		return nil
	}
	rtf, err := decompressRTF(o.raw(propRTF, typeBinary), r.mail.builder.limits.TextBytes)
	if err != nil || len(rtf) == 0 {
		return nil // a text that cannot be unpacked does not cost the rest
	}
	return parseRTF(r.mail.ctx, r.mail.reader, input{data: rtf}, r.mail.builder)
}

// attachments reads the files and messages in a message.
func (r *msgReader) attachments(prefix, page string, depth int) error {
	var folders []string
	for folder := range r.file.folders {
		if rest, ok := strings.CutPrefix(folder, prefix+"__attach_version1.0_#"); ok && !strings.Contains(rest, "/") {
			folders = append(folders, folder)
		}
	}
	slices.Sort(folders)
	for _, folder := range folders {
		if r.mail.ctx.Err() != nil {
			return fail(localrag.CodeCancelled, r.mail.ctx.Err())
		}
		o := r.object(folder+"/", 8)
		o.page = page
		inside := fmt.Sprintf("%s/__substg1.0_%04X%04X", folder, propAttachmentData, typeObject)
		if r.file.folders[inside] {
			if err := r.message(inside+"/", 24, depth+1); err != nil {
				return err
			}
			continue
		}
		if err := r.attachment(o, folder); err != nil {
			return err
		}
	}
	return nil
}

func (r *msgReader) attachment(o msgObject, folder string) error {
	data := o.raw(propAttachmentData, typeBinary)
	var name string
	for _, property := range []uint16{propLongName, propShortName, propDisplayName} {
		if name = baseName(o.text(property)); name != "" {
			break
		}
	}
	if name == "" {
		if name = nameOfType(strings.ToLower(o.text(propMediaType)), len(folder)); name == "" {
			return nil
		}
	}
	if o.number(propHidden) != 0 && !Supported(name) { // pictures of the text's own layout
		return nil
	}
	return r.mail.attachment(name, strings.NewReader(string(data)))
}
