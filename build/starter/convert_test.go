package starter

import (
	"bytes"
	"encoding/binary"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"

	"kontor/build/cache"
)

// nfkcRules are Unicode's own compatibility rules for single code points: about as many as the real model carries, and
// mostly the same ones.
func nfkcRules() []rule {
	rules := []rule{{"\x01", ""}, {"\u00ad", ""}}
	for r := rune(0x80); r < 0x30000; r++ {
		if r >= 0xAC00 && r < 0xE000 {
			continue
		}
		if to := norm.NFKC.String(string(r)); to != string(r) {
			rules = append(rules, rule{string(r), to})
		}
	}
	return rules
}

// rewrite applies a charsmap to a whole text, as the runtime's tokenizer does.
func rewrite(t *testing.T, charsmap []byte, text string) string {
	t.Helper()
	var out strings.Builder
	for text != "" {
		to, n, err := walkCharsmap(charsmap, text)
		if err != nil {
			t.Fatal(err)
		}
		if n == 0 {
			to, n = string([]rune(text)[:1]), len(string([]rune(text)[:1]))
		}
		out.WriteString(to)
		text = text[n:]
	}
	return out.String()
}

func TestCharsmapRewritesAsUnicodeDoes(t *testing.T) {
	rules := withCompositions(nfkcRules())
	if len(rules) < 4000 {
		t.Fatalf("only %d rules: the generator is broken", len(rules))
	}
	charsmap, err := buildCharsmap(rules)
	if err != nil {
		t.Fatal(err)
	}
	if size := binary.LittleEndian.Uint32(charsmap) / 4; size%blockUnits != 0 || size > 32768 {
		t.Errorf("array of %d units, want whole blocks of %d and no waste", size, blockUnits)
	}
	texts := []string{
		"Kündigungsfrist für Wohnräume (§ 573c BGB): drei Monate", "Straße, GROẞ, ﬁnden, ½ m²", "Ａｂｃ　１２３",
		"Tiếng Việt: ngữ pháp, người dùng", "Ǖber Ấn Độ ệ ǭ", "Größenänderung: Ä Ö Ü ä ö ü ß é ñ ç å", "plain ASCII 123",
		"日本語と한국어", "Ελληνικά ά έ ή", "Йод и ё", "emoji 👩‍💻 ok",
	}
	for _, text := range texts {
		want := norm.NFKC.String(text)
		for form, input := range map[string]string{"NFC": norm.NFC.String(text), "NFD": norm.NFD.String(text)} {
			if strings.ContainsRune(text, '한') && form == "NFD" {
				continue // Hangul is left out on purpose
			}
			if got := rewrite(t, charsmap, input); got != want {
				t.Errorf("%s of %q becomes %q, want %q", form, text, got, want)
			}
		}
	}
	if got := rewrite(t, charsmap, "ê\u0323"); got != "ệ" {
		t.Errorf("partly composed ệ becomes %q", got)
	}
	if got := rewrite(t, charsmap, "a\u00adb\x01c"); got != "abc" {
		t.Errorf("rules that remove text give %q", got)
	}
}

func TestCharsmapLeavesOtherTextAlone(t *testing.T) {
	charsmap, err := buildCharsmap([]rule{{"ab", "x"}, {"abcd", "y"}, {"b", ""}})
	if err != nil {
		t.Fatal(err)
	}
	for text, want := range map[string]string{
		"a": "a", "ab": "x", "abc": "xc", "abcd": "y", "abcab": "xcx", "b": "", "ba": "a", "": "", "\xff\xfe": "\uFFFD\uFFFD",
	} {
		var input = text
		if strings.HasPrefix(text, "\xff") {
			input = "\uFFFD\uFFFD"
		}
		if got := rewrite(t, charsmap, input); got != want {
			t.Errorf("%q becomes %q, want %q", text, got, want)
		}
	}
	for b := range 256 { // no byte may lead the walk out of the array
		if _, _, err := walkCharsmap(charsmap, "abc"+string([]byte{byte(b)})); err != nil {
			t.Error(err)
		}
	}
}

func TestCharsmapRefusesWhatItCannotHold(t *testing.T) {
	for name, rules := range map[string][]rule{
		"empty": {{"", "x"}}, "NUL in": {{"a\x00", "x"}}, "NUL out": {{"a", "\x00"}}, "twice": {{"a", "x"}, {"a", "y"}},
	} {
		if _, err := buildCharsmap(rules); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}

// smallE5 writes an E5S1 file of one layer with 32-value rows and a word table longer than its vocabulary.
func smallE5() []byte {
	le := binary.LittleEndian
	pieces := []string{"<s>", "<pad>", "</s>", "<unk>", "▁a", "<mask>"}
	var b bytes.Buffer
	w := func(data any) { _ = binary.Write(&b, le, data) }
	b.WriteString(e5Magic)
	w(e5Header{1, 32, 1, 1, 64, 8, 4, 2, 1e-12, 32, 6, 0, 2, 1, 3, uint64(len(strings.Join(pieces, "")))})
	var offset uint32
	for _, p := range pieces {
		w(offset)
		offset += uint32(len(p))
	}
	w(offset)
	w([]float32{0, 0, 0, 0, -1.5, 0})
	b.WriteString(strings.Join(pieces, ""))
	w(int32(2))
	w(uint32(5 + 5 + 4))
	w(uint32(0xAD))
	w(uint8(0))
	w(uint32('Ａ'))
	w(uint8(1))
	w(uint32('A'))
	type entry struct {
		name  string
		dtype uint8
		count uint32
	}
	tensors := []entry{{"emb.word", e5Q4_0, 8 * 32}, {"emb.pos", 0, 4 * 32}, {"emb.type", 0, 2 * 32}, {"emb.ln.w", 0, 32}, {"emb.ln.b", 0, 32}}
	for _, n := range []string{"q", "k", "v", "ao"} {
		tensors = append(tensors, entry{"l0." + n + ".w", e5Q4_0, 32 * 32}, entry{"l0." + n + ".b", 0, 32})
	}
	for _, n := range []string{"aln", "oln"} {
		tensors = append(tensors, entry{"l0." + n + ".w", 0, 32}, entry{"l0." + n + ".b", 0, 32})
	}
	tensors = append(tensors, entry{"l0.fi.w", 1, 64 * 32}, entry{"l0.fi.b", 0, 64}, entry{"l0.fo.w", 1, 64 * 32}, entry{"l0.fo.b", 0, 32})
	w(int32(len(tensors)))
	at := uint64(b.Len())
	for _, t := range tensors {
		at += uint64(2 + len(t.name) + 1 + 4 + 8 + 8)
	}
	var data []byte
	for i, t := range tensors {
		size := uint64(t.count) * 4
		if t.dtype == e5Q4_0 {
			size = uint64(t.count) / 32 * 18
		}
		w(uint16(len(t.name)))
		b.WriteString(t.name)
		w(t.dtype)
		w(t.count)
		w(at + uint64(len(data)))
		w(size)
		data = append(data, bytes.Repeat([]byte{byte(i + 1)}, int(size))...)
	}
	b.Write(data)
	return b.Bytes()
}

func TestConvertE5(t *testing.T) {
	var first, second bytes.Buffer
	if err := errors.Join(ConvertE5(smallE5(), &first), ConvertE5(smallE5(), &second)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(first.Bytes(), second.Bytes()) {
		t.Error("equal input gives unequal files: the pinned hash would not hold")
	}
	g := readGGUF(t, first.Bytes())
	for key, want := range map[string]any{
		"general.architecture": "bert", "bert.pooling_type": uint32(1), "bert.attention.causal": false,
		"tokenizer.ggml.add_bos_token": true, "tokenizer.ggml.mask_token_id": uint32(5), "bert.context_length": uint32(4),
	} {
		if g.values[key] != want {
			t.Errorf("%s = %v, want %v", key, g.values[key], want)
		}
	}
	if got, want := g.values["tokenizer.ggml.token_type"], []int32{3, 3, 3, 2, 1, 3}; !slices.Equal(got.([]int32), want) {
		t.Errorf("token types %v, want %v", got, want)
	}
	if got := rewrite(t, g.values["tokenizer.ggml.precompiled_charsmap"].([]byte), "Ａ\u00adu\u0308"); got != "Aü" {
		t.Errorf("the file's charsmap gives %q", got)
	}
	if len(g.tensors) != 21 {
		t.Errorf("%d tensors, want 21", len(g.tensors))
	}
	for name, want := range map[string]tensor{
		"token_embd.weight":     {dims: []uint64{32, 6}, typ: typeQ4_0, data: bytes.Repeat([]byte{1}, 6*18)},
		"position_embd.weight":  {dims: []uint64{32, 4}, typ: typeF32, data: bytes.Repeat([]byte{2}, 4*32*4)},
		"blk.0.ffn_down.weight": {dims: []uint64{64, 32}, typ: typeQ4_0, data: bytes.Repeat([]byte{20}, 64*18)},
		"blk.0.ffn_down.bias":   {dims: []uint64{32}, typ: typeF32, data: bytes.Repeat([]byte{21}, 32*4)},
	} {
		got := g.tensors[name]
		if !slices.Equal(got.dims, want.dims) || got.typ != want.typ || !bytes.Equal(got.data, want.data) {
			t.Errorf("%s: dims %v type %d, %d bytes", name, got.dims, got.typ, len(got.data))
		}
	}
}

func TestConvertE5RefusesBrokenFiles(t *testing.T) {
	whole := smallE5()
	for cut := 0; cut < len(whole); cut += 7 {
		if err := ConvertE5(whole[:cut], &bytes.Buffer{}); err == nil {
			t.Fatalf("a file cut at %d of %d bytes was accepted", cut, len(whole))
		}
	}
}

type gguf struct {
	values  map[string]any
	tensors map[string]tensor
}

// readGGUF reads what writeGGUF wrote, following the format's description rather than the writer.
func readGGUF(t *testing.T, file []byte) gguf {
	t.Helper()
	le, at := binary.LittleEndian, 0
	u32 := func() uint32 { at += 4; return le.Uint32(file[at-4:]) }
	u64 := func() uint64 { at += 8; return le.Uint64(file[at-8:]) }
	str := func() string { n := int(u64()); at += n; return string(file[at-n : at]) }
	if string(file[:4]) != "GGUF" || le.Uint32(file[4:]) != 3 {
		t.Fatal("not a GGUF file of version 3")
	}
	at = 8
	g := gguf{map[string]any{}, map[string]tensor{}}
	nTensors, nValues := u64(), u64()
	scalar := func(typ uint32) any {
		switch typ {
		case ggufUint8:
			at++
			return file[at-1]
		case ggufBool:
			at++
			return file[at-1] == 1
		case ggufUint32:
			return u32()
		case ggufInt32:
			return int32(u32())
		case ggufFloat32:
			return math.Float32frombits(u32())
		case ggufString:
			return str()
		}
		t.Fatalf("type %d", typ)
		return nil
	}
	for range nValues {
		key, typ := str(), u32()
		if typ != ggufArray {
			g.values[key] = scalar(typ)
			continue
		}
		elem := u32()
		var bytesIn []byte
		var ints []int32
		for range u64() {
			switch v := scalar(elem).(type) {
			case byte:
				bytesIn = append(bytesIn, v)
			case int32:
				ints = append(ints, v)
			}
		}
		if g.values[key] = any(bytesIn); ints != nil {
			g.values[key] = ints
		}
	}
	type place struct {
		name   string
		offset int
	}
	var places []place
	for range nTensors {
		name := str()
		var dims []uint64
		for range u32() {
			dims = append(dims, u64())
		}
		g.tensors[name] = tensor{dims: dims, typ: u32()}
		places = append(places, place{name, int(u64())})
	}
	data := file[(at+ggufAlign-1)/ggufAlign*ggufAlign:]
	for _, p := range places {
		if p.offset%ggufAlign != 0 {
			t.Errorf("%s begins at %d, not at a multiple of %d", p.name, p.offset, ggufAlign)
		}
		tt := g.tensors[p.name]
		values := uint64(1)
		for _, d := range tt.dims {
			values *= d
		}
		size := values * 4
		if tt.typ == typeQ4_0 {
			size = values / 32 * 18
		}
		tt.data = data[p.offset : p.offset+int(size)]
		g.tensors[p.name] = tt
	}
	return g
}

// TestPack checks the pack the task runner built, where there is one.
func TestPack(t *testing.T) {
	dir := os.Getenv("KONTOR_STARTER_DIR")
	if dir == "" {
		t.Skip("KONTOR_STARTER_DIR is not set: run it by `go run ./build test`")
	}
	m, err := Pinned()
	if err != nil {
		t.Fatal(err)
	}
	for _, model := range m.Models {
		sum, err := cache.FileSHA256(filepath.Join(dir, model.File))
		if err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(filepath.Join(dir, model.File))
		if err != nil {
			t.Fatal(err)
		}
		if sum != model.SHA256 || info.Size() != model.Bytes {
			t.Errorf("%s: %d bytes, SHA-256 %s; the manifest says %d, %s", model.File, info.Size(), sum, model.Bytes, model.SHA256)
		}
		licence, err := os.ReadFile(filepath.Join(dir, model.LicenceFile))
		if err != nil || len(licence) < 500 {
			t.Errorf("%s: licence text of %d bytes, %v", model.Name, len(licence), err)
		}
	}
}
