//go:build !windows

package cli

import "net/url"

// systemProxy is nil: these systems say it in the environment, which app reads.
func systemProxy() func(*url.URL) (*url.URL, error) { return nil }
