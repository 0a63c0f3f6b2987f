package text

import (
	"embed"
	"fmt"
	"strings"
)

//go:embed briefing.*.md
var briefings embed.FS

// Briefing is the introduction to what the assistant can and cannot do.
type Briefing struct {
	Version   string
	Cards     []BriefingCard
	Questions []BriefingQuestion
}

// BriefingCard is one page of it.
type BriefingCard struct {
	ID, Title, Text string
	Points          []string
}

// BriefingQuestion is one of the self-check; Answer is the index of the right option.
type BriefingQuestion struct {
	Text    string
	Options []string
	Answer  int
	Why     string
}

// LoadBriefing reads it in a language of [Languages]. An error is a mistake in
// a file.
func LoadBriefing(language string) (Briefing, error) {
	raw, err := briefings.ReadFile("briefing." + language + ".md")
	if err != nil {
		return Briefing{}, fmt.Errorf("text: %w", err)
	}
	var b Briefing
	for line := range strings.Lines(string(raw)) {
		line = strings.TrimSpace(line)
		mark, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "":
		case mark == "version:":
			b.Version = rest
		case mark == "#":
			id, title, _ := strings.Cut(rest, " | ")
			b.Cards = append(b.Cards, BriefingCard{ID: id, Title: title})
		case mark == "?":
			b.Questions = append(b.Questions, BriefingQuestion{Text: rest, Answer: -1})
		case len(b.Questions) > 0:
			err = b.Questions[len(b.Questions)-1].take(mark, rest)
		case len(b.Cards) > 0 && mark == "-":
			card := &b.Cards[len(b.Cards)-1]
			card.Points = append(card.Points, rest)
		case len(b.Cards) > 0:
			card := &b.Cards[len(b.Cards)-1]
			card.Text = strings.TrimSpace(card.Text + " " + line)
		default:
			err = fmt.Errorf("text: %q stands before the first card", line)
		}
		if err != nil {
			return b, err
		}
	}
	return b, nil
}

func (q *BriefingQuestion) take(mark, rest string) error {
	switch mark {
	case "*", "-":
		if mark == "*" {
			q.Answer = len(q.Options)
		}
		q.Options = append(q.Options, rest)
	case "=":
		q.Why = rest
	default:
		return fmt.Errorf("text: %q in a question of the briefing", mark)
	}
	return nil
}
