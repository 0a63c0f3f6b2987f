package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"kontor/llm"
)

// Login is how a client says who it is. A user's name with a secret is sent as
// basic authentication, a secret alone as a bearer token; a server that names
// another place for tokens, as those for containers do, is asked there with them.
type Login struct{ User, Secret string }

func (l Login) given() bool { return l.Secret != "" }

func (l Login) sign(request *http.Request) {
	switch {
	case !l.given():
	case l.User == "":
		request.Header.Set("Authorization", "Bearer "+l.Secret)
	default:
		request.SetBasicAuth(l.User, l.Secret)
	}
}

// maxToken bounds the answer of a place for tokens, in bytes.
const maxToken = 64 << 10

// challenge is what a server wants before it answers.
type challenge struct{ realm, service, scope string }

// challengeOf reads the header of an answer with status 401; ok is false if it
// asks for no token.
func challengeOf(header http.Header) (c challenge, ok bool) {
	for _, line := range header.Values("WWW-Authenticate") {
		scheme, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		if !strings.EqualFold(scheme, "bearer") {
			continue
		}
		for rest = strings.TrimSpace(rest); rest != ""; {
			name, after, found := strings.Cut(rest, "=")
			if !found {
				break
			}
			value := ""
			if quoted, isQuoted := strings.CutPrefix(after, `"`); isQuoted {
				value, after, _ = strings.Cut(quoted, `"`)
				rest = strings.TrimLeft(after, ", ")
			} else {
				value, after, _ = strings.Cut(after, ",")
				rest = strings.TrimSpace(after)
			}
			switch strings.ToLower(strings.TrimSpace(name)) {
			case "realm":
				c.realm = value
			case "service":
				c.service = value
			case "scope":
				c.scope = value
			}
		}
		return c, c.realm != ""
	}
	return c, false
}

// token asks the place that a server named for a token.
func (c *Client) token(ctx context.Context, ch challenge) (string, error) {
	at, err := url.Parse(ch.realm)
	if err != nil || at.Hostname() == "" || at.User != nil || at.Scheme != "https" && at.Scheme != c.base.Scheme {
		return "", &llm.Error{Code: llm.CodeRegistryAnswer, Cause: errors.New("no place for tokens")}
	}
	if at.Host != c.base.Host {
		if c.options.Redirected == nil {
			return "", &llm.Error{Code: llm.CodeDenied, Cause: errors.New("tokens come from another server")}
		}
		if err := c.options.Redirected(at); err != nil {
			return "", err
		}
	}
	query := at.Query()
	for name, value := range map[string]string{"service": ch.service, "scope": ch.scope} {
		if value != "" {
			query.Set(name, value)
		}
	}
	at.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, at.String(), nil)
	if err != nil {
		return "", &llm.Error{Code: llm.CodeRegistryAnswer, Cause: err}
	}
	if login := c.options.Login; login.User != "" { // a bearer token is for the registry
		login.sign(request)
	}
	response, err := c.http.Do(request)
	if err != nil {
		return "", failed(ctx, err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return "", unexpected(response)
	}
	var answer struct {
		Token       string `json:"token"`
		AccessToken string `json:"access_token"`
	}
	if err := json.NewDecoder(io.LimitReader(response.Body, maxToken)).Decode(&answer); err != nil {
		return "", &llm.Error{Code: llm.CodeRegistryAnswer, Cause: errors.New("no token")}
	}
	if answer.Token == "" {
		answer.Token = answer.AccessToken
	}
	if answer.Token == "" {
		return "", &llm.Error{Code: llm.CodeRegistryAnswer, Cause: errors.New("an empty token")}
	}
	return answer.Token, nil
}

// do sends a request to the registry with what it takes to be let in, and once
// more if it then asks for a token, or for a fresh one.
func (c *Client) do(request *http.Request) (*http.Response, error) {
	sign := func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.bearer != "" {
			request.Header.Set("Authorization", "Bearer "+c.bearer)
			return
		}
		c.options.Login.sign(request)
	}
	sign()
	response, err := c.http.Do(request)
	if err != nil || response.StatusCode != http.StatusUnauthorized || response.Request.URL.Host != c.base.Host {
		return response, err
	}
	wanted, ok := challengeOf(response.Header)
	if !ok {
		return response, nil
	}
	if err := response.Body.Close(); err != nil {
		return nil, err
	}
	token, err := c.token(request.Context(), wanted)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.bearer = token
	c.mu.Unlock()
	sign()
	return c.http.Do(request)
}

// proxyAnswer turns a proxy's refusal into our words.
func proxyAnswer(_ context.Context, _ *url.URL, _ *http.Request, response *http.Response) error {
	switch {
	case response.StatusCode == http.StatusProxyAuthRequired:
		return &llm.Error{Code: llm.CodeProxyLogin, Cause: errors.New("status 407")}
	case response.StatusCode != http.StatusOK:
		return &llm.Error{Code: llm.CodeProxyRefused, Cause: fmt.Errorf("status %d", response.StatusCode)}
	}
	return nil
}
