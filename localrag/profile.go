package localrag

import "strings"

// Profile is what was measured about an embedder's ranking. Cosines of
// different models are not comparable, so every threshold belongs to a model.
type Profile struct {
	// German, English and Other weigh the vector ranking against the keyword
	// ranking by the question's language, from 0 (ignore it: a weak ranking
	// pulls the fusion below keywords alone) to 1.
	German, English, Other float64
	// Spread is the least difference of cosines that counts as full distance
	// between the best and an unrelated passage. It keeps the noise of a
	// library of three passages small.
	Spread float64
	// Related is from what the nearest cosine, plus wordsWorth times the share
	// of the question's words found, says that something found is about the
	// question; RelatedForeign is the cosine alone for a passage in another
	// language, which shares no words. 0 if not calibrated.
	Related, RelatedForeign float64
}

// ProfileFor returns the profile of an embedder by its name or its prefix
// scheme ("multilingual-e5-small", "e5"). An unknown one counts less than
// keywords, least in German where many models are weak, and decides nothing
// alone.
func ProfileFor(scheme string) Profile {
	scheme = strings.ToLower(scheme)
	switch {
	case strings.Contains(scheme, "e5"):
		return Profile{German: .5, English: .5, Other: .5, Spread: .04, Related: .865, RelatedForeign: .765}
	case strings.Contains(scheme, "minilm"):
		// English only: on German it is worse than keywords.
		return Profile{German: 0, English: .4, Other: .2, Spread: .2}
	}
	return Profile{German: .3, English: .4, Other: .3, Spread: .04}
}

func (p Profile) weight(language string) float64 {
	switch language {
	case "de":
		return p.German
	case "en":
		return p.English
	}
	return p.Other
}
