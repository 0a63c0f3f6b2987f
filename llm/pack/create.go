package pack

import (
	"context"
	"crypto/ed25519"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"

	"kontor/llm"
)

// Create makes a pack of a folder that holds the files and a manifest.json
// without sizes and hashes. It fills them in and signs with key, which may be
// nil. With a target it writes one file there; without one the folder itself
// becomes the pack.
func Create(ctx context.Context, folder, target string, key ed25519.PrivateKey) (Manifest, error) {
	var m Manifest
	described, err := readSmall(filepath.Join(folder, manifestFile))
	if err != nil {
		return m, broken(llm.CodePackCut, "%w", err)
	}
	if err := json.Unmarshal(described, &m); err != nil {
		return m, broken(llm.CodePackBroken, "manifest: %w", err)
	}
	if m.Format == 0 {
		m.Format = FormatVersion
	}
	if err := m.check(false); err != nil {
		return m, err
	}
	for i := range m.Models {
		model := &m.Models[i]
		if model.SHA256, model.Bytes, err = digest(ctx, filepath.Join(folder, model.File)); err != nil {
			return m, err
		}
		if err := CheckModel(filepath.Join(folder, model.File)); err != nil {
			return m, err
		}
	}
	for i := range m.Files {
		file := &m.Files[i]
		if file.SHA256, file.Bytes, err = digest(ctx, filepath.Join(folder, file.File)); err != nil {
			return m, err
		}
	}
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	if _, err := parse(raw); err != nil {
		return m, err
	}
	var signature []byte
	if key != nil {
		signature = sign(key, raw)
	}
	if target == "" {
		return m, writeFolder(folder, raw, signature)
	}
	return m, writeFile(ctx, folder, target, m, raw, signature)
}

func writeFolder(folder string, raw, signature []byte) error {
	err := os.WriteFile(filepath.Join(folder, manifestFile), raw, 0o644)
	if err == nil {
		err = os.Remove(filepath.Join(folder, signatureFile))
		if errors.Is(err, os.ErrNotExist) {
			err = nil
		}
	}
	if err == nil && signature != nil {
		err = os.WriteFile(filepath.Join(folder, signatureFile), []byte(base64.StdEncoding.EncodeToString(signature)+"\n"), 0o644)
	}
	if err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	return nil
}

// writeFile writes beside the target and puts it in place when it is whole.
func writeFile(ctx context.Context, folder, target string, m Manifest, raw, signature []byte) (err error) {
	draft := target + ".part"
	out, err := os.Create(draft)
	if err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(draft))
		}
	}()
	head := binary.LittleEndian.AppendUint32([]byte(magic), uint32(len(raw)))
	head = binary.LittleEndian.AppendUint32(head, uint32(len(signature)))
	head = append(append(head, raw...), signature...)
	if _, err := out.Write(head); err != nil {
		return errors.Join(&llm.Error{Code: llm.CodeNotWritten, Cause: err}, out.Close())
	}
	for _, e := range m.entries() {
		content, err := os.Open(filepath.Join(folder, e.name))
		if err != nil {
			return errors.Join(broken(llm.CodePackCut, "%w", err), out.Close())
		}
		n, err := copyPieces(ctx, out, content, func(int64) {})
		if err == nil && n != e.bytes {
			err = broken(llm.CodePackBroken, "%s changed meanwhile", e.name)
		}
		if err = errors.Join(err, content.Close()); err != nil {
			return errors.Join(err, out.Close())
		}
	}
	if err := out.Close(); err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	if err := os.Rename(draft, target); err != nil {
		return &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	return nil
}
