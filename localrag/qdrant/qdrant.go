// Package qdrant keeps vectors in a Qdrant server, over its REST interface: a
// collection of ids and vectors without payload. It must not know any text.
//
// It is written after Qdrant's published interface description and tested
// against a small server that speaks it; it has not run against a real server.
package qdrant

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"kontor/localrag"
	"kontor/localrag/remote"
)

// scrollPage is how many ids are listed with one request.
const scrollPage = 10_000

// maxResponse bounds what a server may answer, in bytes.
const maxResponse = 64 << 20

// store is a [remote.Store].
type store struct {
	options remote.Options
	base    string
	client  *http.Client
}

// New returns a store that connects when it is used. The address is the root of
// the server's REST interface, such as http://127.0.0.1:6333; the password is
// its API key.
func New(o remote.Options) remote.Store {
	root := url.URL{Scheme: o.Address.Scheme, Host: o.HostPort("6333"), Path: o.Address.Path}
	transport := &http.Transport{DialContext: o.DialContext, MaxIdleConnsPerHost: 4, IdleConnTimeout: time.Minute, ForceAttemptHTTP2: true}
	return &store{
		options: o, base: root.JoinPath("collections", o.Collection).String(),
		client: &http.Client{Transport: transport, Timeout: 2 * time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse // the key is for this server alone
		}},
	}
}

// statusError is an answer other than 200.
type statusError struct {
	status int
	text   string
}

func (e *statusError) Error() string { return fmt.Sprintf("qdrant: status %d: %s", e.status, e.text) }

// call sends one request and decodes the field result.
func (s *store) call(ctx context.Context, method, path string, body, result any) error {
	var content io.Reader
	if body != nil {
		encoded, err := json.Marshal(body)
		if err != nil {
			return err
		}
		content = bytes.NewReader(encoded)
	}
	request, err := http.NewRequestWithContext(ctx, method, s.base+path, content)
	if err != nil {
		return fmt.Errorf("qdrant: %w", err)
	}
	request.Header.Set("Content-Type", "application/json")
	if s.options.Password != "" {
		request.Header.Set("api-key", s.options.Password)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("qdrant: %w", err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(response.Body, maxResponse))
	if err != nil {
		return fmt.Errorf("qdrant: %w", err)
	}
	if response.StatusCode != http.StatusOK {
		return &statusError{response.StatusCode, string(raw[:min(len(raw), 300)])}
	}
	if result == nil {
		return nil
	}
	answer := struct {
		Result any `json:"result"`
	}{result}
	if err := json.Unmarshal(raw, &answer); err != nil {
		return fmt.Errorf("qdrant: %w", err)
	}
	return nil
}

// Qdrant's ids are unsigned; ours keep their bits.
func unsigned(ids []int64) []uint64 {
	list := make([]uint64, len(ids))
	for i, id := range ids {
		list[i] = uint64(id)
	}
	return list
}

type vectorParameters struct {
	Size     int    `json:"size"`
	Distance string `json:"distance"`
}

// Open implements [remote.Store].
func (s *store) Open(ctx context.Context, dimension int, each func([]int64)) error {
	err := s.call(ctx, http.MethodGet, "", nil, nil)
	if missing := (*statusError)(nil); errors.As(err, &missing) && missing.status == http.StatusNotFound {
		err = s.call(ctx, http.MethodPut, "", map[string]any{"vectors": vectorParameters{dimension, "Dot"}}, nil)
	}
	if err != nil {
		return err
	}
	request := map[string]any{"limit": scrollPage, "with_payload": false, "with_vector": false}
	for {
		var page struct {
			Points []struct {
				ID uint64 `json:"id"`
			} `json:"points"`
			Next *uint64 `json:"next_page_offset"`
		}
		if err := s.call(ctx, http.MethodPost, "/points/scroll", request, &page); err != nil {
			return err
		}
		ids := make([]int64, len(page.Points))
		for i, p := range page.Points {
			ids[i] = int64(p.ID)
		}
		each(ids)
		if page.Next == nil {
			return nil
		}
		request["offset"] = *page.Next
	}
}

type point struct {
	ID     uint64    `json:"id"`
	Vector []float32 `json:"vector"`
}

// Upsert implements [remote.Store].
func (s *store) Upsert(ctx context.Context, ids []int64, vectors [][]float32) error {
	points := make([]point, len(ids))
	for i, id := range ids {
		points[i] = point{uint64(id), vectors[i]}
	}
	return s.call(ctx, http.MethodPut, "/points?wait=true", map[string]any{"points": points}, nil)
}

// Delete implements [remote.Store].
func (s *store) Delete(ctx context.Context, ids []int64) error {
	return s.call(ctx, http.MethodPost, "/points/delete?wait=true", map[string]any{"points": unsigned(ids)}, nil)
}

// Nearest implements [remote.Store].
func (s *store) Nearest(ctx context.Context, vector []float32, limit int, only []int64) ([]localrag.Scored, error) {
	request := map[string]any{"query": vector, "limit": limit, "with_payload": false}
	if only != nil {
		request["filter"] = map[string]any{"must": []any{map[string]any{"has_id": unsigned(only)}}}
	}
	var found struct {
		Points []struct {
			ID    uint64  `json:"id"`
			Score float64 `json:"score"`
		} `json:"points"`
	}
	if err := s.call(ctx, http.MethodPost, "/points/query", request, &found); err != nil {
		return nil, err
	}
	list := make([]localrag.Scored, len(found.Points))
	for i, p := range found.Points {
		list[i] = localrag.Scored{ID: int64(p.ID), Score: p.Score}
	}
	return list, nil
}

// Drop implements [remote.Store].
func (s *store) Drop(ctx context.Context) error { return s.call(ctx, http.MethodDelete, "", nil, nil) }

// Close implements [remote.Store].
func (s *store) Close() error {
	s.client.CloseIdleConnections()
	return nil
}
