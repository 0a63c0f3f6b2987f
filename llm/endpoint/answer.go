package endpoint

import (
	"context"
	"errors"
	"net/http"
	"time"

	"kontor/llm"
)

// Pieces hands on what a stream says and measures it. It is used by one
// goroutine.
type Pieces struct {
	// First and Last are when the first and the last piece came, Count how many.
	First, Last time.Time
	Count       int

	ctx  context.Context
	now  func() time.Time
	emit func(llm.Delta) error
}

// NewPieces hands on to emit until ctx ends.
func NewPieces(ctx context.Context, now func() time.Time, emit func(llm.Delta) error) Pieces {
	return Pieces{ctx: ctx, now: now, emit: emit}
}

// stoppedError carries the caller's own error out of the endpoint.
type stoppedError struct{ cause error }

func (e stoppedError) Error() string { return e.cause.Error() }
func (e stoppedError) Unwrap() error { return e.cause }

// Take hands on a piece; an empty one is none.
func (p *Pieces) Take(delta llm.Delta) error {
	if delta == (llm.Delta{}) {
		return nil
	}
	if err := p.ctx.Err(); err != nil {
		return err // what has arrived already is not handed on any more
	}
	p.Last = p.now()
	if p.Count++; p.Count == 1 {
		p.First = p.Last
	}
	if err := p.emit(delta); err != nil {
		return stoppedError{err}
	}
	return nil
}

// Duration is the time between the first and the last piece.
func (p *Pieces) Duration() time.Duration { return p.Last.Sub(p.First) }

// Cancelled is the error of an answer that its caller ended, by an error of
// emit or by the context before the answer was done; nil if none did. Err is
// what the stream ended with.
func (p *Pieces) Cancelled(err error, done bool) error {
	var stopped stoppedError
	switch {
	case errors.As(err, &stopped):
		return &llm.Error{Code: llm.CodeCancelled, Cause: stopped.cause}
	case p.ctx.Err() != nil && !done:
		return &llm.Error{Code: llm.CodeCancelled, Cause: p.ctx.Err()}
	}
	return nil
}

// Classify turns what an [Endpoint] gives into an [*llm.Error]; said does so
// with a refusal, in whose words servers differ.
func Classify(err error, said func(status int, body []byte) error) error {
	var coded *llm.Error
	var refusal *Refusal
	switch {
	case err == nil:
		return nil
	case errors.As(err, &coded):
		return coded
	case errors.As(err, &refusal):
		return said(refusal.Status, refusal.Body)
	}
	return &llm.Error{Code: llm.CodeRuntimeDown, Cause: err}
}

// StatusCode is what a refusal's HTTP status says where its words say nothing.
func StatusCode(status int) llm.Code {
	switch {
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return llm.CodeKeyRefused
	case status == http.StatusPaymentRequired:
		return llm.CodeQuotaUsedUp
	case status == http.StatusNotFound, status == http.StatusMethodNotAllowed:
		return llm.CodeModelMissing
	case status == http.StatusTooManyRequests, status == 529:
		return llm.CodeServerBusy
	case status == http.StatusProxyAuthRequired:
		return llm.CodeDenied
	case status == http.StatusServiceUnavailable, status == http.StatusBadGateway, status == http.StatusGatewayTimeout:
		return llm.CodeRuntimeDown
	case status >= http.StatusInternalServerError:
		return llm.CodeRuntimeCrashed
	}
	return llm.CodeBadResponse
}
