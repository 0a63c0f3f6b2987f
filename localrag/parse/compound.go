package parse

import (
	"bytes"
	"errors"
	"io"
	"strings"

	"github.com/richardlehane/mscfb"

	"kontor/localrag"
)

// compoundFile is Microsoft's compound file, a small file system in a file:
// Outlook's messages, old Office documents, and the wrapper of encrypted new
// ones. Names are kept with their path, joined by "/".
type compoundFile struct {
	size    int64 // of the whole file: no stream is longer
	streams map[string]*mscfb.File
	folders map[string]bool
}

// isOLE knows a compound file by its first bytes.
func isOLE(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}

// isCompound knows a compound file by a stream in its root.
func isCompound(stream ...string) func([]byte, partNames) bool {
	return func(data []byte, _ partNames) bool {
		if !isOLE(data) {
			return false
		}
		file, err := openCompound(data)
		if err != nil {
			return false
		}
		for _, name := range stream {
			if file.streams[name] != nil {
				return true
			}
		}
		return false
	}
}

func openCompound(data []byte) (*compoundFile, error) {
	reader, err := mscfb.New(bytes.NewReader(data))
	if err != nil {
		return nil, fail(localrag.CodeCorrupt, errors.New("compound file without a directory"))
	}
	file := &compoundFile{size: int64(len(data)), streams: map[string]*mscfb.File{}, folders: map[string]bool{}}
	for i, entry := range reader.File {
		if i == 0 { // the root itself
			continue
		}
		path := strings.Join(append(append([]string(nil), entry.Path...), entry.Name), "/")
		if entry.FileInfo().IsDir() {
			file.folders[path] = true
		} else if file.streams[path] == nil {
			file.streams[path] = entry
		}
	}
	return file, nil
}

// stream reads a stream; one that is missing or damaged is nil.
func (f *compoundFile) stream(path string) []byte {
	entry := f.streams[path]
	if entry == nil || entry.Size > f.size || entry.Size < 0 {
		return nil
	}
	data, err := io.ReadAll(io.LimitReader(entry, entry.Size))
	if err != nil {
		return nil
	}
	return data
}

// oleFailure is the result of a compound file that no parser reads.
func oleFailure(data []byte) error {
	if len(data) < 1536 {
		return failf(localrag.CodeCorrupt, "compound file without content")
	}
	if bytes.Contains(data, utf16Bytes("EncryptedPackage")) || bytes.Contains(data, utf16Bytes("EncryptionInfo")) {
		return fail(localrag.CodePassword, nil)
	}
	if _, err := openCompound(data); err != nil {
		return err
	}
	return failf(localrag.CodeUnsupported, "compound file of an unknown format")
}

func utf16Bytes(s string) []byte {
	out := make([]byte, 0, 2*len(s))
	for i := 0; i < len(s); i++ {
		out = append(out, s[i], 0)
	}
	return out
}
