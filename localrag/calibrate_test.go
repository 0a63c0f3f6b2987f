package localrag_test

import (
	"context"
	"errors"
	"math"
	"strings"
	"testing"

	"kontor/localrag"
)

// topical embeds by the words two texts share, so that it knows one language
// as far as its dictionary goes.
func topical(knows func(text string) bool) localrag.Embedding {
	seen := map[string]int{}
	n := 0
	return func(_ context.Context, texts []string) ([][]float32, error) {
		var vectors [][]float32
		for i, text := range texts {
			v := make([]float32, 64)
			v[63] = 1
			if seen[text] == 0 {
				n++
				seen[text] = n * 7
			}
			v[seen[text]%60] = 2
			if knows(text) {
				v[seen[text]%60], v[i%60] = 0, 2 // a pair has the same place in its lists
			}
			length := 0.0
			for _, x := range v {
				length += float64(x) * float64(x)
			}
			for j := range v {
				v[j] /= float32(math.Sqrt(length))
			}
			vectors = append(vectors, v)
		}
		return vectors, nil
	}
}

func TestMeasureProfileFindsWeakEmbedders(t *testing.T) {
	both := topical(func(string) bool { return true })
	good, err := localrag.MeasureProfile(t.Context(), both, both)
	if err != nil {
		t.Fatal(err)
	}
	if good.German != .5 || good.English != .5 || good.Foreign != 1 || good.Related <= 0 || good.Spread <= 0 {
		t.Errorf("one that knows both languages: %+v", good)
	}
	english := topical(func(text string) bool {
		return localrag.DetectLanguage(text) == "en" && !strings.ContainsAny(text, "äöüß")
	})
	weak, err := localrag.MeasureProfile(t.Context(), english, english)
	if err != nil {
		t.Fatal(err)
	}
	if weak.German > .1 || weak.English < .4 || weak.Foreign > .1 || weak.RelatedForeign < 1 {
		t.Errorf("one that knows English: %+v", weak)
	}
	broken := func(context.Context, []string) ([][]float32, error) { return nil, errors.New("down") }
	if _, err := localrag.MeasureProfile(t.Context(), broken, both); err == nil {
		t.Error("no error from an embedder that is down")
	}
	short := func(context.Context, []string) ([][]float32, error) { return [][]float32{{1}}, nil }
	if _, err := localrag.MeasureProfile(t.Context(), short, short); err == nil {
		t.Error("no error from one vector for many texts")
	}
}
