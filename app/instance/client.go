package instance

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// retryPause is how long [Dial] waits between attempts at an owner that holds
// the lock and does not answer yet.
const retryPause = 25 * time.Millisecond

// Client talks to the owner of a data folder.
type Client struct {
	// HTTP sends every request to the owner's socket, whatever its host.
	HTTP *http.Client
	// Base is the prefix of URLs, without a slash at the end.
	Base string
}

// Refusal is a problem the owner answered with.
type Refusal struct {
	Code   string
	Args   map[string]string
	Status int // of HTTP
}

// Error implements error.
func (r *Refusal) Error() string { return "instance: the owner answered " + r.Code }

// Dial connects to the owner of a data folder. It returns [ErrNoOwner] if
// nobody holds the lock, and waits as long as ctx allows for an owner that is
// just starting.
func Dial(ctx context.Context, dir string) (*Client, error) {
	transport := &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			path, err := socketPath(dir)
			if err != nil {
				return nil, err
			}
			return (&net.Dialer{}).DialContext(ctx, "unix", path)
		},
		DisableCompression: true,
		IdleConnTimeout:    30 * time.Second,
	}
	c := &Client{HTTP: &http.Client{Transport: transport}, Base: "http://kontor"}
	for {
		conn, err := transport.DialContext(ctx, "", "")
		if err == nil {
			return c, conn.Close()
		}
		if !owned(dir) {
			return nil, ErrNoOwner
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("reach the owner of the data folder: %w", err)
		case <-time.After(retryPause):
		}
	}
}

// Call runs a method of the surface. It returns a [*Refusal] for problems.
func (c *Client) Call(ctx context.Context, name string, request, result any) error {
	return c.post(ctx, "/api/call/"+name, request, result)
}

// Post sends an empty request to another route, such as /api/raise.
func (c *Client) Post(ctx context.Context, path string, result any) error {
	return c.post(ctx, path, struct{}{}, result)
}

func (c *Client) post(ctx context.Context, path string, request, result any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return fmt.Errorf("encode %s: %w", path, err)
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, c.Base+path, bytes.NewReader(body))
	if err != nil {
		return err
	}
	r.Header.Set("Content-Type", "application/json")
	r.Header.Set("X-Kontor", "1")
	answer, err := c.HTTP.Do(r)
	if err != nil {
		return fmt.Errorf("ask the owner for %s: %w", path, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode >= 400 {
		return refusal(answer)
	}
	if result == nil {
		_, err = io.Copy(io.Discard, answer.Body)
		return err
	}
	if err := json.NewDecoder(answer.Body).Decode(result); err != nil {
		return fmt.Errorf("decode %s: %w", path, err)
	}
	return nil
}

func refusal(answer *http.Response) error {
	var body struct {
		Problem struct {
			Code string            `json:"code"`
			Args map[string]string `json:"args"`
		} `json:"problem"`
	}
	err := json.NewDecoder(io.LimitReader(answer.Body, 1<<20)).Decode(&body)
	if err != nil || body.Problem.Code == "" {
		return fmt.Errorf("instance: the owner answered %s", answer.Status)
	}
	return &Refusal{Code: body.Problem.Code, Args: body.Problem.Args, Status: answer.StatusCode}
}
