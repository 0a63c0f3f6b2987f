package policy

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sort"
)

// maxPolicyFile bounds a policy file, in bytes. Real ones have a few hundred.
const maxPolicyFile = 1 << 20

// Source is a place administrators write policies to.
type Source interface {
	// Read returns the policies found, weakest first. A source without any
	// returns none. It never fails as a whole: a policy that is there but
	// cannot be obeyed carries its Reason.
	Read() []Document
}

// Document is one policy as found.
type Document struct {
	Path string
	Data []byte
	// Reason is why it cannot be obeyed: unreadable or not_protected; "" if it can.
	Reason string
	Cause  error
}

// Files reads one file and then the *.json files of a folder by name.
type Files struct {
	File   string
	Folder string
	// Protected decides whether only an administrator can have written what
	// was opened; dir is the folder it lies in.
	Protected func(dir string, opened *os.File) error
}

// Read implements [Source].
func (f Files) Read() []Document {
	paths := []string{f.File}
	if f.Folder != "" {
		entries, err := os.ReadDir(f.Folder)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return append(f.read(f.File), Document{Path: f.Folder, Reason: ReasonUnreadable, Cause: err})
		}
		var names []string
		for _, e := range entries {
			if filepath.Ext(e.Name()) == ".json" {
				names = append(names, e.Name())
			}
		}
		sort.Strings(names)
		for _, n := range names {
			paths = append(paths, filepath.Join(f.Folder, n))
		}
	}
	var found []Document
	for _, p := range paths {
		found = append(found, f.read(p)...)
	}
	return found
}

func (f Files) read(path string) []Document {
	if path == "" {
		return nil
	}
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return []Document{{Path: path, Reason: ReasonUnreadable, Cause: err}}
	}
	defer file.Close()
	// The open file is asked, not the path, so that nothing can be exchanged in between.
	if err := f.Protected(filepath.Dir(path), file); err != nil {
		return []Document{{Path: path, Reason: ReasonNotProtected, Cause: err}}
	}
	data, err := io.ReadAll(io.LimitReader(file, maxPolicyFile+1))
	if err == nil && len(data) > maxPolicyFile {
		err = fmt.Errorf("larger than %d bytes", maxPolicyFile)
	}
	if err != nil {
		return []Document{{Path: path, Reason: ReasonUnreadable, Cause: err}}
	}
	return []Document{{Path: path, Data: data}}
}

// content is the shape of a policy document.
type content struct {
	Enforced map[string]any `json:"enforced"`
	Defaults map[string]any `json:"defaults"`
}

// decode parses a document. Windows editors put a byte order mark in front.
func decode(data []byte) (content, error) {
	decoder := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))))
	decoder.UseNumber()
	decoder.DisallowUnknownFields()
	var c content
	if err := decoder.Decode(&c); err != nil {
		return content{}, err
	}
	if _, err := decoder.Token(); !errors.Is(err, io.EOF) {
		return content{}, errors.New("more than one JSON value")
	}
	return c, nil
}

// written turns a JSON value into the text form of settings; ok is false for
// null and objects, which no setting has.
func written(v any) (text string, ok bool) {
	switch v := v.(type) {
	case string:
		return v, true
	case json.Number:
		return v.String(), true
	case bool:
		if v {
			return "true", true
		}
		return "false", true
	case []any:
		raw, err := json.Marshal(v)
		return string(raw), err == nil
	}
	return "", false
}
