package localrag

import "strings"

// Profile is what was measured about an embedder's ranking. Cosines of
// different models are not comparable, so every threshold belongs to a model.
type Profile struct {
	// German, English and Other weigh the vector ranking against the keyword
	// ranking by the question's language, from 0 (ignore it: a weak ranking
	// pulls the fusion below keywords alone) to 1. Foreign scales what the
	// nearness of a passage in another language than the question's counts.
	German, English, Other, Foreign float64
	// Spread is the least difference of cosines that counts as full distance
	// between the best and an unrelated passage. It keeps the noise of a
	// library of three passages small.
	Spread float64
	// Related is the nearest cosine at which, without any word found, it is as
	// likely as not that something found is about the question; RelatedForeign
	// that for a passage in another language, which shares no words. 0 if not
	// calibrated.
	Related, RelatedForeign float64
}

// ProfileFor returns the profile of an embedder by its name or its prefix
// scheme ("multilingual-e5-small", "e5"). One that is not known counts less
// than keywords, least in German where many models are weak, and decides
// nothing alone, until [MeasureProfile] has found out what it is worth.
func ProfileFor(scheme string) Profile {
	if known, ok := KnownProfile(scheme); ok {
		return known
	}
	return Profile{German: .3, English: .4, Other: .3, Foreign: .6, Spread: .04}
}

// KnownProfile is the profile of an embedder that was measured on whole sets.
func KnownProfile(scheme string) (Profile, bool) {
	if strings.Contains(strings.ToLower(scheme), "e5") {
		return Profile{German: .5, English: .5, Other: .5, Foreign: 1, Spread: .04, Related: .8616, RelatedForeign: .772}, true
	}
	return Profile{}, false
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
