package app

import (
	"slices"

	"kontor/localrag"
)

// EvalRefusal says how well retrieval tells questions that the documents
// answer (those with a judgement) from others.
type EvalRefusal struct {
	Answerable   int `json:"answerable"`
	Unanswerable int `json:"unanswerable"`
	// Passed is the share of answerable questions that were not refused,
	// Refused that of the others that were.
	Passed  float64 `json:"passed"`
	Refused float64 `json:"refused"`
	// RefusedAt95 is the share of unanswerable questions with less support than
	// 95 % of the answerable ones have, AUC the area under the curve of support.
	RefusedAt95 float64 `json:"refusedAt95"`
	AUC         float64 `json:"auc"`
}

// support is what retrieval thought of one question.
type support struct {
	score   float64
	nothing bool
}

func refusal(set *localrag.EvalSet, found map[string]support) EvalRefusal {
	var r EvalRefusal
	var answerable, others []float64
	for _, q := range set.Queries {
		s := found[q.ID]
		if len(set.Judged[q.ID]) > 0 {
			answerable = append(answerable, s.score)
			r.Passed += share(!s.nothing)
		} else {
			others = append(others, s.score)
			r.Refused += share(s.nothing)
		}
	}
	r.Answerable, r.Unanswerable = len(answerable), len(others)
	r.Passed /= max(1, float64(len(answerable)))
	r.Refused /= max(1, float64(len(others)))
	r.AUC = localrag.AreaUnderCurve(answerable, others)
	if len(answerable) > 0 {
		slices.Sort(answerable)
		least := answerable[len(answerable)/20]
		for _, s := range others {
			r.RefusedAt95 += share(s < least) / float64(len(others))
		}
	}
	return r
}

func share(is bool) float64 {
	if is {
		return 1
	}
	return 0
}
