package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"kontor/app"
)

// answerPatience is how long one answer may take.
const answerPatience = 10 * time.Minute

// answer is what a person sees of an answer, in time.
type answer struct {
	began   time.Time
	first   time.Duration // from sending the question to the first visible text
	tokens  int
	writing time.Duration // from the first visible text to the end
	ended   time.Time
	message app.Message // through Kontor only
}

func (a answer) rate() float64 { return rate(a.tokens, a.writing) }

// ask sends a question as a page does and follows the answer.
func (k *kontor) ask(ctx context.Context, request app.SendRequest) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	from := k.events.mark()
	began := time.Now()
	var sent app.SendResult
	if err := k.call(ctx, "chats.send", request, &sent); err != nil {
		return answer{}, err
	}
	id := sent.Answer.ID
	end, err := k.events.await(ctx, from, func(e app.Event) bool { return e.AnswerEnded != nil && e.AnswerEnded.Message.ID == id })
	if err != nil {
		return answer{}, err
	}
	message := end.event.AnswerEnded.Message
	if message.Status != "complete" {
		return answer{}, fmt.Errorf("the answer is %s: %+v", message.Status, message.Problem)
	}
	first, err := k.events.await(ctx, from, func(e app.Event) bool {
		return e.AnswerDelta != nil && e.AnswerDelta.MessageID == id && visible(e.AnswerDelta.Text) || e.Seq >= end.event.Seq
	})
	if err != nil {
		return answer{}, err
	}
	if first.event.AnswerDelta == nil {
		return answer{}, errors.New("the answer has no text")
	}
	a := answer{began: began, first: first.at.Sub(began), writing: end.at.Sub(first.at), ended: end.at, message: message}
	if message.Facts != nil {
		a.tokens = message.Facts.OutputTokens
	}
	return a, nil
}

// visible says whether a piece of text shows something.
func visible(text string) bool { return strings.TrimSpace(text) != "" }

// chatLine is a line of the runtime's stream.
type chatLine struct {
	Message struct {
		Content string `json:"content"`
	} `json:"message"`
	Done      bool   `json:"done"`
	EvalCount int    `json:"eval_count"`
	Error     string `json:"error"`
}

// askRaw sends the recorded bytes of a request to the runtime itself.
func (r *rig) askRaw(ctx context.Context, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, answerPatience)
	defer cancel()
	began := time.Now()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.recorder.url+chatPath, bytes.NewReader(body))
	if err != nil {
		return answer{}, err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := r.client.Do(request)
	if err != nil {
		return answer{}, err
	}
	defer response.Body.Close()
	a := answer{began: began}
	var firstAt time.Time
	lines := bufio.NewReaderSize(response.Body, 64<<10)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return answer{}, fmt.Errorf("the runtime's answer broke off: %w", err)
		}
		now := time.Now()
		var piece chatLine
		if err := json.Unmarshal(line, &piece); err != nil {
			return answer{}, err
		}
		if piece.Error != "" {
			return answer{}, errors.New(piece.Error)
		}
		if firstAt.IsZero() && visible(piece.Message.Content) {
			firstAt, a.first = now, now.Sub(began)
		}
		if !piece.Done {
			continue
		}
		if firstAt.IsZero() {
			return answer{}, errors.New("the runtime's answer has no text")
		}
		a.tokens, a.writing, a.ended = piece.EvalCount, now.Sub(firstAt), now
		return a, nil
	}
}

// embedRaw sends recorded batches to the runtime, one after the other, and
// returns how long that took.
func (r *rig) embedRaw(ctx context.Context, batches [][]byte) (time.Duration, error) {
	began := time.Now()
	for _, body := range batches {
		request, err := http.NewRequestWithContext(ctx, http.MethodPost, r.recorder.url+embedPath, bytes.NewReader(body))
		if err != nil {
			return 0, err
		}
		request.Header.Set("Content-Type", "application/json")
		response, err := r.client.Do(request)
		if err != nil {
			return 0, err
		}
		var vectors struct {
			Embeddings [][]float32 `json:"embeddings"`
		}
		err = json.NewDecoder(response.Body).Decode(&vectors)
		_ = response.Body.Close()
		if err == nil && len(vectors.Embeddings) == 0 {
			err = fmt.Errorf("the runtime embedded nothing: %s", response.Status)
		}
		if err != nil {
			return 0, err
		}
	}
	return time.Since(began), nil
}
