package localrag

import "testing"

func TestAnchor(t *testing.T) {
	text := "Erstens. Die Frist beträgt drei Monate.\n\nZweitens. Die Frist beträgt drei Monate.\nGroße  Übergabe\nam 1. März."
	second := len("Erstens. Die Frist beträgt drei Monate.\n\nZweitens. ")
	for _, c := range []struct {
		snapshot string
		near     int
		want     string
		at       int
	}{
		{"Die Frist beträgt drei Monate.", 9, "Die Frist beträgt drei Monate.", 9},
		{"Die Frist beträgt drei Monate.", 70, "Die Frist beträgt drei Monate.", second},
		{"Die Frist beträgt drei Monate.", 0, "Die Frist beträgt drei Monate.", 9},
		{"Die Frist beträgt drei Monate.", 9999, "Die Frist beträgt drei Monate.", second},
		{"große Übergabe am 1.März", 0, "Große  Übergabe\nam 1. März", second + len("Die Frist beträgt drei Monate.\n")},
		{"Die Frist beträgt vier Monate.", 9, "", 0},
		{" \n", 0, "", 0},
		{"…", 0, "", 0},
	} {
		start, end, ok := Anchor(text, c.snapshot, c.near)
		if ok != (c.want != "") || ok && (text[start:end] != c.want || start != c.at) {
			t.Errorf("%q near %d: %q at %d, %v; want %q at %d", c.snapshot, c.near, text[start:end], start, ok, c.want, c.at)
		}
	}
}

func FuzzAnchor(f *testing.F) {
	f.Add("Die Frist beträgt drei Monate", "FRIST  beträgt", 3)
	f.Fuzz(func(t *testing.T, text, snapshot string, near int) {
		if start, end, ok := Anchor(text, snapshot, near); ok && (start < 0 || end > len(text) || start >= end) {
			t.Fatalf("%d–%d of %d", start, end, len(text))
		}
	})
}
