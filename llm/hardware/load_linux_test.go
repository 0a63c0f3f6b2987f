package hardware

import "testing"

func TestParseLoad(t *testing.T) {
	for raw, want := range map[string]float64{"3.25 1.00 0.50 2/345 6789\n": 3.25, "": 0, "x": 0, "-1 0 0": 0} {
		if got := parseLoad(raw); got != want {
			t.Errorf("parseLoad(%q) = %v, want %v", raw, got, want)
		}
	}
}
