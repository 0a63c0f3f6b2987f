package app

import (
	"context"
	"slices"
	"strings"

	"kontor/localrag"
)

// What stands around a passage is given to the model with it: a chunk's first
// sentence may say "this period" of the one before.
const (
	// surrounded is how many of the best passages get it.
	surrounded = 4
	// surroundingBytes is how much of each side, whole sentences only.
	surroundingBytes = 300
)

// surroundings loads the passages before and after the best ones that belong
// to the same section. They count as sources of an answer, too.
func (j *answering) surroundings(ctx context.Context, passages []localrag.Passage) []localrag.Passage {
	var around []localrag.Passage
	known := func(list []localrag.Passage, id int64) bool {
		return slices.ContainsFunc(list, func(p localrag.Passage) bool { return p.ID == id })
	}
	for _, p := range passages[:min(surrounded, len(passages))] {
		records, err := j.app.db.PassagesAround(ctx, j.principal.OwnerID, p.DocumentID, p.Ordinal)
		if err != nil {
			j.app.log.Error("read surroundings", "error", err)
			return nil
		}
		for _, r := range records {
			other := ragPassage(r)
			if sameSection(p, other) && !known(passages, other.ID) && !known(around, other.ID) {
				around = append(around, other)
			}
		}
	}
	return around
}

func sameSection(a, b localrag.Passage) bool {
	x, y := a.Location, b.Location
	return x.Heading == y.Heading && x.Sheet == y.Sheet && x.Slide == y.Slide && x.Part == y.Part && x.Sheet == ""
}

// widened gives passages as the model reads them, with their surroundings
// where this machine has the time and the window the room.
func (a *App) widened(in promptInput, passages []localrag.Passage) []localrag.Passage {
	room := a.readInTime(in.model)
	room = min(room, float64(in.window-answerReserve(in.window))/2) * charactersPerToken
	for _, p := range passages {
		room -= float64(len(p.Text))
	}
	wide := slices.Clone(passages)
	for i, p := range wide[:min(surrounded, len(wide))] {
		before, after := "", ""
		for _, other := range in.plan.around {
			switch {
			case other.DocumentID != p.DocumentID || !sameSection(p, other):
			case other.Ordinal == p.Ordinal-1:
				before = lastSentences(other)
			case other.Ordinal == p.Ordinal+1:
				after = firstSentences(other)
			}
		}
		if room -= float64(len(before) + len(after)); room < 0 {
			break
		}
		wide[i].Text = strings.TrimSpace(before + "\n" + strings.TrimSpace(p.Text) + "\n" + after)
	}
	return wide
}

func firstSentences(p localrag.Passage) string {
	end := 0
	for _, s := range localrag.Sentences(p.Language, p.Text) {
		if s.End > surroundingBytes {
			break
		}
		end = s.End
	}
	return strings.TrimSpace(p.Text[:end])
}

func lastSentences(p localrag.Passage) string {
	start := len(p.Text)
	sentences := localrag.Sentences(p.Language, p.Text)
	for _, s := range slices.Backward(sentences) {
		if len(p.Text)-s.Start > surroundingBytes {
			break
		}
		start = s.Start
	}
	return strings.TrimSpace(p.Text[start:])
}
