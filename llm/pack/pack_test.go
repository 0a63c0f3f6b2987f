package pack_test

import (
	"bytes"
	"context"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"kontor/llm"
	"kontor/llm/gguf"
	"kontor/llm/pack"
)

// weights writes a small model file.
func weights(t *testing.T, path string) {
	t.Helper()
	var b bytes.Buffer
	err := gguf.Write(&b, []gguf.Entry{
		{Key: "general.architecture", Value: "llama"}, {Key: "llama.context_length", Value: uint32(512)},
		{Key: "tokenizer.chat_template", Value: "{{ messages }}"},
	}, []gguf.Weights{{Name: "token_embd.weight", Shape: []uint64{32, 8}}, {Name: "blk.0.attn_q.weight", Shape: []uint64{32, 32}}, {Name: "output.weight", Shape: []uint64{32, 8}}},
		func(w io.Writer, _ gguf.Weights, n int64) error { _, err := w.Write(make([]byte, n)); return err })
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
}

func described(t *testing.T, version int) string {
	t.Helper()
	folder := t.TempDir()
	weights(t, filepath.Join(folder, "small.gguf"))
	for name, content := range map[string]string{"LICENSE.txt": "You may.", "deu.traineddata": "letters"} {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	raw, err := json.Marshal(pack.Manifest{
		Format: 1, Name: "office", Version: version, Title: "Office", MinimumKontor: "0.1.0",
		Models: []pack.Model{{Name: "office/small", Role: "chat", File: "small.gguf", Licence: "MIT", LicenceFile: "LICENSE.txt", Origin: "made for a test"}},
		Files:  []pack.File{{File: "LICENSE.txt", Kind: pack.KindLicence}, {File: "deu.traineddata", Kind: pack.KindOCR}},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "manifest.json"), raw, 0o600); err != nil {
		t.Fatal(err)
	}
	return folder
}

// made is a signed pack in one file, and the key.
func made(t *testing.T) (string, pack.Key) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "key.pem")
	public, err := pack.NewKey(path)
	if err != nil {
		t.Fatal(err)
	}
	private, err := pack.ReadKey(path)
	if err != nil {
		t.Fatal(err)
	}
	target := filepath.Join(t.TempDir(), "office"+pack.Extension)
	if _, err := pack.Create(t.Context(), described(t, 2), target, private); err != nil {
		t.Fatal(err)
	}
	return target, public
}

func accept(ctx context.Context, path, into string, key pack.Key) error {
	p, err := pack.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = p.Close() }()
	if err := p.Trust([]pack.Key{key}); err != nil {
		return err
	}
	return p.Unpack(ctx, into, nil)
}

func TestPackComesOutAsItWentIn(t *testing.T) {
	file, key := made(t)
	into := t.TempDir()
	if err := accept(t.Context(), file, into, key); err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(filepath.Join(into, "deu.traineddata")); err != nil || string(got) != "letters" {
		t.Errorf("%q, %v", got, err)
	}
	p, err := pack.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	if err := p.Verify(t.Context(), nil); err != nil {
		t.Error(err)
	}
	for _, c := range []struct {
		kontor    string
		installed int
		want      llm.Code
	}{{"0.1.0", 0, ""}, {"0.1.0", 2, ""}, {"0.1.0", 3, llm.CodePackOlder}, {"0.0.9", 0, llm.CodePackNeedsNewer}} {
		if got := llm.CodeOf(p.Manifest.Allows(c.kontor, "", c.installed)); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

func TestFolderIsAPackToo(t *testing.T) {
	folder := described(t, 1)
	if _, err := pack.Create(t.Context(), folder, "", nil); err != nil {
		t.Fatal(err)
	}
	if err := accept(t.Context(), folder, t.TempDir(), ""); llm.CodeOf(err) != llm.CodePackUnsigned {
		t.Errorf("unsigned: %v", err)
	}
	other := filepath.Join(t.TempDir(), "key.pem")
	if _, err := pack.NewKey(other); err != nil {
		t.Fatal(err)
	}
	private, err := pack.ReadKey(other)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Create(t.Context(), folder, "", private); err != nil {
		t.Fatal(err)
	}
	_, stranger := made(t)
	if err := accept(t.Context(), folder, t.TempDir(), stranger); llm.CodeOf(err) != llm.CodePackUntrusted {
		t.Errorf("another key: %v", err)
	}
	if err := os.Remove(filepath.Join(folder, "small.gguf")); err != nil {
		t.Fatal(err)
	}
	if _, err := pack.Open(folder); llm.CodeOf(err) != llm.CodePackCut {
		t.Errorf("a file is missing: %v", err)
	}
}

// Every byte of a pack that is one file: flipped, and the file cut before it.
func TestNoChangedPackIsAccepted(t *testing.T) {
	file, key := made(t)
	whole, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	changed := filepath.Join(t.TempDir(), "changed"+pack.Extension)
	places := rand.New(rand.NewPCG(3, 4)) //nolint:gosec // places to change, no secrets
	into := t.TempDir()
	tried, accepted := 0, 0
	try := func(data []byte) {
		tried++
		if err := os.WriteFile(changed, data, 0o600); err != nil {
			t.Fatal(err)
		}
		err := accept(t.Context(), changed, into, key)
		switch code := llm.CodeOf(err); {
		case err == nil:
			accepted++
		case code != llm.CodePackTampered && code != llm.CodePackCut && code != llm.CodePackBroken && code != llm.CodePackNeedsNewer && code != llm.CodePackUntrusted && code != llm.CodePackUnsigned:
			t.Errorf("refused without its reason: %v", err)
		}
		for _, name := range []string{"small.gguf", "LICENSE.txt", "deu.traineddata"} { // what fitted was kept
			_ = os.Remove(filepath.Join(into, name))
			_ = os.Remove(filepath.Join(into, name+".part"))
		}
	}
	for i := range 1200 {
		at := i // the whole head, then anywhere
		if i >= 400 {
			at = places.IntN(len(whole))
		}
		data := bytes.Clone(whole)
		data[at] ^= byte(1 << places.IntN(8))
		try(data)
	}
	for range 200 {
		try(whole[:places.IntN(len(whole))])
	}
	try(append(bytes.Clone(whole), 0))
	t.Logf("%d changed packs tried, %d accepted", tried, accepted)
	t.Attr("figure.packs_accepted", fmt.Sprintf("%d of %d changed or cut packs, none ended the program", accepted, tried))
	if accepted > 0 {
		t.Errorf("%d changed packs were accepted", accepted)
	}
}

func TestNoChangedHeaderIsAccepted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "small.gguf")
	weights(t, path)
	if err := pack.CheckModel(path); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	header, err := gguf.Open(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	tried, accepted := 0, 0
	try := func(what string, data []byte) {
		tried++
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := pack.CheckModel(path); err == nil {
			accepted++
			t.Errorf("accepted: %s", what)
		} else if llm.CodeOf(err) != llm.CodeHeaderBroken {
			t.Errorf("%s: %v", what, err)
		}
	}
	// Counts, and the offsets and sizes of every tensor.
	fields := []int{8, 16}
	for _, name := range []string{"token_embd.weight", "blk.0.attn_q.weight", "output.weight"} {
		at := bytes.Index(whole, []byte(name)) + len(name)
		fields = append(fields, at+4, at+12, at+24) // first and second dimension, offset
	}
	places := rand.New(rand.NewPCG(5, 6)) //nolint:gosec // values to put in, no secrets
	for _, at := range fields {
		before := binary.LittleEndian.Uint64(whole[at:])
		for i := range 110 {
			value := places.Uint64() >> places.IntN(64)
			switch i {
			case 0:
				value = before + 1
			case 1:
				value = ^uint64(0)
			case 2:
				value = 1 << 63
			case 3:
				value = before + 32
			case 4:
				value = before * 2
			}
			if value == before {
				continue
			}
			data := bytes.Clone(whole)
			binary.LittleEndian.PutUint64(data[at:], value)
			try("a number changed", data)
		}
	}
	for cut := range int(header.DataOffset) {
		if cut%3 == 0 {
			try("cut", whole[:cut])
		}
	}
	t.Logf("%d changed headers tried, %d accepted", tried, accepted)
	t.Attr("figure.headers_accepted", fmt.Sprintf("%d of %d changed or cut headers of model files, none ended the program", accepted, tried))
	if tried < 1000 {
		t.Errorf("only %d tried", tried)
	}
}

// An unpacking that was stopped goes on where it was, and no file that is not whole has its name.
func TestUnpackingGoesOnWhereItStopped(t *testing.T) {
	file, key := made(t)
	p, err := pack.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = p.Close() }()
	into := t.TempDir()
	ctx, cancel := context.WithCancel(t.Context())
	err = p.Unpack(ctx, into, func(done, _ int64) {
		if done > 10 {
			cancel()
		}
	})
	if llm.CodeOf(err) != llm.CodeCancelled {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(into, "small.gguf")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not whole has its name: %v", err)
	}
	if err := accept(t.Context(), file, into, key); err != nil {
		t.Fatal(err)
	}
}
