package parse

import (
	"bytes"
	"context"
	"errors"
	"image"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"kontor/localrag"
)

// TestMutations damages real files at random (the same way in each run) and
// reads them in this process: no parser may panic, hang or give a document
// that is not sound. KONTOR_MUTATIONS sets how many are tried.
func TestMutations(t *testing.T) {
	count := 200
	if n, err := strconv.Atoi(os.Getenv("KONTOR_MUTATIONS")); err == nil {
		count = n
	}
	files, err := filepath.Glob(filepath.Join("testdata", "corpus", "ok", "*"))
	if err != nil || len(files) == 0 {
		t.Fatal("no files", err)
	}
	originals := make([][]byte, len(files))
	for i, file := range files {
		if originals[i], err = os.ReadFile(file); err != nil {
			t.Fatal(err)
		}
	}
	page := picturePDF(scan(t))
	for name, data := range map[string][]byte{
		"a.msg": sampleMSG(), "a.tif": twoPageTIFF(image.NewGray(image.Rect(0, 0, 90, 50))), "a.jpg": turnedJPEG(t, image.NewGray(image.Rect(0, 0, 90, 50))),
		"a.zip": zipOf(t, zipEntry{"a.md", []byte("# a")}, zipEntry{"b.docx", originals[0]}), "scan.pdf": page,
		"a.doc": legacyFile(t, "testWORD_features.doc"), "a.xls": legacyFile(t, "kuendigungsfristen-und-betriebsrat.xls"),
	} {
		files, originals = append(files, name), append(originals, data)
	}
	r := testReader(t)
	r.options.Help = Help{
		Recognise: func(context.Context, []byte) ([]byte, error) { return []byte(oneWord), nil },
		Convert:   func(context.Context, string, []byte) ([]byte, error) { return originals[0], nil },
	}
	random := rand.New(rand.NewPCG(1, 2))
	for i := range count {
		n := i % len(files)
		data := mutate(random, originals[n])
		begin := time.Now()
		doc, err := r.Parse(t.Context(), data, files[n], nil)
		if took := time.Since(begin); took > 20*time.Second {
			t.Errorf("mutation %d of %s took %v", i, files[n], took)
		}
		var known *localrag.Error
		switch {
		case err == nil:
			checkDocument(t, doc)
		case !errors.As(err, &known) || known.Code == localrag.CodeCrashed:
			t.Errorf("mutation %d of %s: %v", i, files[n], err)
		}
	}
	t.Logf("%d mutations of %d files", count, len(files))
}

// mutate flips bits, cuts, doubles and overwrites.
func mutate(random *rand.Rand, original []byte) []byte {
	data := bytes.Clone(original)
	for range 1 + random.IntN(20) {
		if len(data) < 4 {
			break
		}
		at := random.IntN(len(data))
		stop := min(len(data), at+1+random.IntN(64))
		switch random.IntN(8) {
		case 0:
			data = data[:at]
		case 1:
			data = append(data[:at:at], data[stop:]...)
		case 2:
			data = append(data[:stop:stop], data[at:]...)
		case 3:
			for j := at; j < stop; j++ {
				data[j] = byte(random.Uint32())
			}
		default:
			data[at] ^= 1 << random.IntN(8)
		}
	}
	return data
}
