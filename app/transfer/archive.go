package transfer

import (
	"archive/zip"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"net/url"
	"os"
	"path"
	"slices"
	"strings"
)

// Limits of a ZIP. Text packs to a tenth; what packs much better was made to
// fill a disk.
const (
	maxMembers  = 200_000
	maxUnpacked = 16 << 30 // bytes, all together
	freeRatio   = 64 << 20 // bytes that may unpack from anything
	maxRatio    = 200
	maxImage    = 32 << 20 // bytes
)

// attachments finds the files that chats of an archive refer to; nil has none.
type attachments []*zip.File

// find gives the file with that name, or whose name begins with that id.
func (a attachments) find(id string) (name string, content []byte) {
	if len(id) < 4 {
		return "", nil
	}
	for _, f := range a {
		base := path.Base(f.Name)
		rest, same := strings.CutPrefix(base, id)
		if !same || rest != "" && !strings.ContainsRune("-._", rune(rest[0])) || f.UncompressedSize64 > maxImage {
			continue
		}
		in, err := f.Open()
		if err != nil {
			return "", nil
		}
		content, err := io.ReadAll(io.LimitReader(in, maxImage))
		if errors.Join(err, in.Close()) != nil {
			return "", nil
		}
		return base, content
	}
	return "", nil
}

// attach puts a picture of the archive into a message, or its name into the
// text if it is not there or no picture.
func (d *draft) attach(c *Chat, files attachments, id, name string) {
	found, content := files.find(id)
	if name == "" {
		name = found
	}
	d.picture(c, content, name)
}

// picture adds an image, or the name of what is not one.
func (d *draft) picture(c *Chat, content []byte, name string) {
	kind := http.DetectContentType(content)
	if len(content) > 0 && strings.HasPrefix(kind, "image/") {
		if name == "" {
			name = "image." + strings.Replace(strings.TrimPrefix(kind, "image/"), "jpeg", "jpg", 1)
		}
		d.Images = append(d.Images, Image{Name: name, MediaType: kind, Bytes: content})
		return
	}
	c.LeftOut++
	if name != "" {
		d.say("[" + name + "]")
	}
}

// dataURL decodes a file that stands in the text itself; nil if it does not.
func dataURL(address string) []byte {
	rest, is := strings.CutPrefix(address, "data:")
	kind, body, has := strings.Cut(rest, ",")
	if !is || !has {
		return nil
	}
	if !strings.HasSuffix(kind, ";base64") {
		text, err := url.PathUnescape(body)
		if err != nil {
			return nil
		}
		return []byte(text)
	}
	content, err := base64.StdEncoding.DecodeString(body)
	if err != nil {
		return nil
	}
	return content
}

// readArchive reads the files of chats in a ZIP: lists and single chats as
// JSON, and Jan's folders of threads. Folders count for LM Studio, which sorts
// chats into them.
func (s *Source) readArchive(f *os.File, size int64, take func(Chat) error) error {
	archive, err := zip.NewReader(f, size)
	if err != nil {
		return errors.Join(ErrBroken, err)
	}
	if len(archive.File) > maxMembers {
		return ErrTooLarge
	}
	s.Total = 0
	var unpacked uint64
	var members []*zip.File
	for _, member := range archive.File {
		if unpacked += member.UncompressedSize64; unpacked > maxUnpacked {
			return ErrTooLarge
		}
		if member.UncompressedSize64 > freeRatio && member.UncompressedSize64/max(member.CompressedSize64, 1) > maxRatio {
			return ErrTooLarge
		}
		if strings.HasPrefix(path.Base(member.Name), ".") || strings.Contains(member.Name, "__MACOSX/") || member.FileInfo().IsDir() {
			continue
		}
		s.files = append(s.files, member)
		if path.Ext(member.Name) == ".json" {
			members = append(members, member)
			s.Total += int64(member.UncompressedSize64) //nolint:gosec // bounded by maxUnpacked
		}
	}
	slices.SortFunc(members, func(a, b *zip.File) int { return strings.Compare(a.Name, b.Name) })
	for _, member := range members {
		if err := s.readMember(archive, member, take); err != nil {
			return err
		}
	}
	if s.Product == "" {
		return ErrUnknown
	}
	return nil
}

func (s *Source) readMember(archive *zip.Reader, member *zip.File, take func(Chat) error) error {
	if path.Base(member.Name) == "thread.json" {
		return s.readJan(archive, member, take)
	}
	var folder []string
	if strings.HasSuffix(member.Name, ".conversation.json") {
		folder = foldersOf(member.Name)
	}
	return s.readJSON(member.Open, folder, take)
}

// foldersOf are the folders below LM Studio's own.
func foldersOf(name string) []string {
	folders := strings.Split(path.Dir(path.Clean("/" + name))[1:], "/")
	if at := slices.Index(folders, "conversations"); at >= 0 {
		folders = folders[at+1:]
	}
	return slices.DeleteFunc(folders, func(name string) bool { return name == "" })
}
