package desktop

import (
	"errors"
	"fmt"
	"net/url"
	"strings"

	"kontor/app"
)

// checkedLink accepts links that a browser or a mail program opens, and writes
// them so that nothing behind it can take a part for something else: the
// system's opener may be a script, and Wails silently ignores links with
// characters that a shell knows.
func checkedLink(raw string) (string, error) {
	refuse := func(cause error) (string, error) {
		return "", &app.Error{Code: app.ProblemLinkRefused, Cause: cause}
	}
	u, err := url.Parse(raw)
	if err != nil {
		return refuse(errors.New("not a link")) // the error of Parse repeats the link
	}
	switch u.Scheme { // Parse makes it lower case
	case "http", "https":
		if u.Hostname() == "" || u.Opaque != "" {
			return refuse(errors.New("link without a host"))
		}
		if u.User != nil { // made to look like another host
			return refuse(errors.New("link with credentials"))
		}
		if strings.ContainsAny(u.Host, "[]") { // an IPv6 address; its brackets cannot be written otherwise
			return refuse(errors.New("link to a bare IPv6 address"))
		}
	case "mailto":
	default:
		return refuse(fmt.Errorf("scheme %q", u.Scheme))
	}
	var link strings.Builder
	for _, b := range []byte(u.String()) {
		if b <= ' ' || b >= 0x7f || strings.IndexByte("\";|`$\\<>*{}[]()~!'^", b) >= 0 {
			fmt.Fprintf(&link, "%%%02X", b)
		} else {
			link.WriteByte(b)
		}
	}
	return link.String(), nil
}
