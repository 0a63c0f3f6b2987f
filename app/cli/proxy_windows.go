package cli

import (
	"net/http"
	"net/url"

	"github.com/mattn/go-ieproxy"
)

// systemProxy asks Windows for the proxy that the person or a policy set, its
// automatic script included.
func systemProxy() func(*url.URL) (*url.URL, error) {
	ask := ieproxy.GetProxyFunc()
	return func(target *url.URL) (*url.URL, error) { return ask(&http.Request{URL: target}) }
}
