package pack

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"kontor/llm"
	"kontor/llm/gguf"
)

// Extension of packs that are one file.
const Extension = ".kontorpack"

const (
	magic         = "KONTORPACK\x001\n"
	manifestFile  = "manifest.json"
	signatureFile = "manifest.sig"
)

// Pack is an opened pack.
type Pack struct {
	Manifest Manifest
	// Key that signed the manifest, "" if nobody did.
	Key Key
	// Raw is the manifest as it was signed.
	Raw []byte

	path   string
	file   *os.File // nil for a folder
	starts map[string]int64
}

// Open reads the manifest of a pack, checks the signature and that every file
// is there with its size. The files' content is checked by [Pack.Verify] and
// [Pack.Unpack].
func Open(path string) (*Pack, error) {
	info, err := os.Stat(path)
	if err != nil {
		return nil, broken(llm.CodePackCut, "%w", err)
	}
	p := &Pack{path: path, starts: map[string]int64{}}
	if info.IsDir() {
		err = p.openFolder()
	} else {
		err = p.openFile(info.Size())
	}
	if err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

// Close closes the file.
func (p *Pack) Close() error {
	if p.file == nil {
		return nil
	}
	return p.file.Close()
}

func (p *Pack) take(raw, signature []byte) (err error) {
	p.Raw = raw
	if p.Key, err = checkSignature(signature, raw); err != nil {
		return err
	}
	p.Manifest, err = parse(raw)
	return err
}

func (p *Pack) openFolder() error {
	raw, err := readSmall(filepath.Join(p.path, manifestFile))
	if err != nil {
		return broken(llm.CodePackCut, "%w", err)
	}
	text, err := readSmall(filepath.Join(p.path, signatureFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return broken(llm.CodePackCut, "%w", err)
	}
	signature, err := base64.StdEncoding.Strict().DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return broken(llm.CodePackTampered, "signature: %w", err)
	}
	if err := p.take(raw, signature); err != nil {
		return err
	}
	for _, e := range p.Manifest.entries() {
		info, err := os.Stat(filepath.Join(p.path, e.name))
		if err != nil || !info.Mode().IsRegular() {
			return broken(llm.CodePackCut, "%s is missing", e.name)
		}
		if info.Size() < e.bytes {
			return broken(llm.CodePackCut, "%s has %d of %d bytes", e.name, info.Size(), e.bytes)
		}
		if info.Size() > e.bytes {
			return broken(llm.CodePackTampered, "%s has %d bytes, not %d", e.name, info.Size(), e.bytes)
		}
	}
	return nil
}

func readSmall(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	return io.ReadAll(io.LimitReader(file, maxManifestBytes+1))
}

func (p *Pack) openFile(size int64) error {
	file, err := os.Open(p.path)
	if err != nil {
		return broken(llm.CodePackCut, "%w", err)
	}
	p.file = file
	head := make([]byte, len(magic)+8)
	if _, err := io.ReadFull(file, head); err != nil {
		return broken(llm.CodePackCut, "%w", err)
	}
	if string(head[:len(magic)]) != magic {
		return broken(llm.CodePackBroken, "no pack")
	}
	manifest := int64(binary.LittleEndian.Uint32(head[len(magic):]))
	signature := int64(binary.LittleEndian.Uint32(head[len(magic)+4:]))
	if manifest > maxManifestBytes || signature != 0 && signature != signatureBytes {
		return broken(llm.CodePackTampered, "manifest of %d bytes, signature of %d", manifest, signature)
	}
	both := make([]byte, manifest+signature)
	if _, err := io.ReadFull(file, both); err != nil {
		return broken(llm.CodePackCut, "%w", err)
	}
	if err := p.take(both[:manifest], both[manifest:]); err != nil {
		return err
	}
	at := int64(len(head)) + manifest + signature
	for _, e := range p.Manifest.entries() {
		p.starts[e.name] = at
		at += e.bytes
	}
	switch {
	case size < at:
		return broken(llm.CodePackCut, "%d of %d bytes", size, at)
	case size > at:
		return broken(llm.CodePackTampered, "%d bytes too many", size-at)
	}
	return nil
}

// content opens a file of the pack from an offset on.
func (p *Pack) content(e entry, from int64) (io.ReadCloser, error) {
	if p.file != nil {
		return io.NopCloser(io.NewSectionReader(p.file, p.starts[e.name]+from, e.bytes-from)), nil
	}
	file, err := os.Open(filepath.Join(p.path, e.name))
	if err != nil {
		return nil, broken(llm.CodePackCut, "%w", err)
	}
	if _, err := file.Seek(from, io.SeekStart); err != nil {
		return nil, errors.Join(broken(llm.CodePackCut, "%w", err), file.Close())
	}
	return file, nil
}

// Verify reads every file and compares its SHA-256. report gets bytes done and
// in all; it may be nil.
func (p *Pack) Verify(ctx context.Context, report func(done, total int64)) error {
	var done int64
	total := p.Manifest.Bytes()
	for _, e := range p.Manifest.entries() {
		content, err := p.content(e, 0)
		if err != nil {
			return err
		}
		hash := sha256.New()
		n, err := copyPieces(ctx, hash, content, func(n int64) {
			done += n
			if report != nil {
				report(done, total)
			}
		})
		if err := errors.Join(err, content.Close()); err != nil {
			return err
		}
		if n != e.bytes || hex.EncodeToString(hash.Sum(nil)) != e.sum {
			return broken(llm.CodePackTampered, "%s has another content than its manifest says", e.name)
		}
	}
	return nil
}

// copyPieces copies until the end and stops with ctx.
func copyPieces(ctx context.Context, to io.Writer, from io.Reader, count func(int64)) (int64, error) {
	piece := make([]byte, 256<<10)
	var sum int64
	for {
		if err := ctx.Err(); err != nil {
			return sum, &llm.Error{Code: llm.CodeCancelled, Cause: err}
		}
		n, err := from.Read(piece)
		if n > 0 {
			if _, err := to.Write(piece[:n]); err != nil {
				return sum, &llm.Error{Code: llm.CodeNotWritten, Cause: err}
			}
			sum += int64(n)
			count(int64(n))
		}
		if errors.Is(err, io.EOF) {
			return sum, nil
		}
		if err != nil {
			return sum, broken(llm.CodePackCut, "%w", err)
		}
	}
}

// Unpack puts every file into a folder under its name. It may be called again
// after any end: whole files are kept, a begun one goes on. A file has its name
// only after its SHA-256 was checked.
func (p *Pack) Unpack(ctx context.Context, folder string, report func(done, total int64)) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	var done int64
	total := p.Manifest.Bytes()
	count := func(n int64) {
		done += n
		if report != nil {
			report(done, total)
		}
	}
	for _, e := range p.Manifest.entries() {
		if err := p.unpack(ctx, folder, e, count); err != nil {
			return err
		}
	}
	for _, model := range p.Manifest.Models {
		if err := CheckModel(filepath.Join(folder, model.File)); err != nil {
			return err
		}
	}
	return nil
}

func (p *Pack) unpack(ctx context.Context, folder string, e entry, count func(int64)) error {
	path := filepath.Join(folder, e.name)
	if sum, size, err := digest(ctx, path); err == nil && size == e.bytes && sum == e.sum {
		count(e.bytes)
		return nil
	}
	part := path + ".part"
	var from int64
	if info, err := os.Stat(part); err == nil {
		if from = info.Size(); from > e.bytes {
			from = 0
			if err := os.Truncate(part, 0); err != nil {
				return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
			}
		}
	}
	count(from)
	content, err := p.content(e, from)
	if err != nil {
		return err
	}
	file, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return errors.Join(&llm.Error{Code: llm.CodeNotWritten, Cause: err}, content.Close())
	}
	_, err = copyPieces(ctx, file, content, count)
	if closing := file.Close(); err == nil && closing != nil {
		err = &llm.Error{Code: llm.CodeNotWritten, Cause: closing}
	}
	if err = errors.Join(err, content.Close()); err != nil {
		return err
	}
	sum, _, err := digest(ctx, part)
	if err != nil {
		return err
	}
	if sum != e.sum {
		return errors.Join(broken(llm.CodePackTampered, "%s has another content than its manifest says", e.name), os.Remove(part))
	}
	if err := os.Rename(part, path); err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	return nil
}

func digest(ctx context.Context, path string) (string, int64, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", 0, broken(llm.CodePackCut, "%w", err)
	}
	defer file.Close()
	hash := sha256.New()
	n, err := copyPieces(ctx, hash, file, func(int64) {})
	return hex.EncodeToString(hash.Sum(nil)), n, err
}

// CheckModel looks whether a model file's header is one that can be loaded.
func CheckModel(path string) error {
	header, err := gguf.Open(path, nil)
	if err == nil {
		err = header.Check()
	}
	if err != nil {
		return &llm.Error{Code: llm.CodeHeaderBroken, Cause: fmt.Errorf("%s: %w", filepath.Base(path), err)}
	}
	return nil
}
