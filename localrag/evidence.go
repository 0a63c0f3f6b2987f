package localrag

import "math"

// adjacentWithin is how many terms apart two neighbouring words of the
// question may stand in a passage to count as standing together.
const adjacentWithin = 3

// evidence is what the words of a passage say for one form of the question:
// shares of the weight of its terms. A term weighs the more the fewer
// candidates hold it: the word that is nowhere in the library is what the
// question is about.
type evidence struct {
	covered  float64 // by heading and text
	terms    float64 // share of the terms themselves, all weighing the same
	sentence float64 // by the best single sentence
	adjacent float64 // by pairs that stand together as in the question
}

// weigh looks at candidates word by word: first how rare each term is among
// them, then what each holds.
func (run *retrieval) weigh(q *question, candidates []Scored) {
	found := make(map[int64]termPlaces, len(candidates))
	count := map[string]int{}
	for _, s := range candidates {
		places := run.placesOf(q, s.ID)
		found[s.ID] = places
		for term, p := range places {
			if p.inHeading || len(p.at) > 0 {
				count[term]++
			}
		}
	}
	q.rarity = make([]float64, len(q.terms))
	for i, term := range q.terms {
		q.rarity[i] = math.Log((float64(len(candidates)) + 1) / (float64(count[term]) + .5))
	}
	q.evidence = make(map[int64]evidence, len(candidates))
	for id, places := range found {
		q.evidence[id] = q.judge(places)
	}
}

// evidenceOf is the evidence of any loaded passage.
func (run *retrieval) evidenceOf(q *question, id int64) evidence {
	e, known := q.evidence[id]
	if !known {
		e = q.judge(run.placesOf(q, id))
		q.evidence[id] = e
	}
	return e
}

// termPlaces says where the terms of a question stand in a passage.
type termPlaces map[string]*termPlace

type termPlace struct {
	inHeading bool
	at        []int // positions in the text, ascending
	sentences []int // ordinals of the sentences with the term, ascending
}

func (run *retrieval) placesOf(q *question, id int64) termPlaces {
	passage := run.loaded[id]
	places := make(termPlaces, len(q.terms))
	for _, term := range q.terms {
		places[term] = &termPlace{}
	}
	for _, term := range run.Analyser.Terms(q.language, passage.Heading) {
		if p := places[term]; p != nil {
			p.inHeading = true
		}
	}
	position := 0
	for n, sentence := range Sentences(passage.Language, passage.Text) {
		terms := run.Analyser.Terms(q.language, passage.Text[sentence.Start:sentence.End])
		for i, term := range terms {
			p := places[term]
			if p == nil {
				continue
			}
			p.at = append(p.at, position+i)
			if last := len(p.sentences) - 1; last < 0 || p.sentences[last] != n {
				p.sentences = append(p.sentences, n)
			}
		}
		position += len(terms)
	}
	return places
}

// judge turns places into shares.
func (q *question) judge(places termPlaces) evidence {
	var e evidence
	total, held := 0.0, 0
	bySentence := map[int]float64{}
	for i, term := range q.terms {
		weight, p := q.rarity[i], places[term]
		total += weight
		if p.inHeading || len(p.at) > 0 {
			e.covered += weight
			held++
		}
		for _, n := range p.sentences {
			bySentence[n] += weight
			e.sentence = max(e.sentence, bySentence[n])
		}
		if i > 0 && together(places[q.terms[i-1]].at, p.at) {
			e.adjacent += min(weight, q.rarity[i-1])
		}
	}
	if total <= 0 {
		return evidence{}
	}
	return evidence{
		covered: e.covered / total, terms: float64(held) / float64(len(q.terms)), sentence: e.sentence / total, adjacent: e.adjacent / total,
	}
}

// together tells whether two ascending lists of positions have a close pair.
func together(a, b []int) bool {
	for len(a) > 0 && len(b) > 0 {
		distance := b[0] - a[0]
		if distance != 0 && distance >= -adjacentWithin && distance <= adjacentWithin {
			return true
		}
		if a[0] < b[0] {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return false
}
