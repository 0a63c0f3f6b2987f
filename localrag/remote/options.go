package remote

import (
	"context"
	"net"
	"net/url"
	"regexp"
)

// Options say where a vector database is and which part of it is Kontor's.
type Options struct {
	// Address of the server; the user's name may be in it, a password not.
	Address *url.URL
	// Password or key, "" for none.
	Password string
	// Collection is the name of the table or collection: letters, digits and
	// underscores. See [Collection].
	Collection string
	// DialContext opens the connections. It is given names as they stand in the
	// address, so that whoever guards it sees them.
	DialContext func(ctx context.Context, network, address string) (net.Conn, error)
}

// User is the name in the address, "" for none.
func (o Options) User() string {
	if o.Address.User == nil {
		return ""
	}
	return o.Address.User.Username()
}

// HostPort is the server's host and port, with the port it has by itself.
func (o Options) HostPort(port string) string {
	if p := o.Address.Port(); p != "" {
		port = p
	}
	return net.JoinHostPort(o.Address.Hostname(), port)
}

var strange = regexp.MustCompile(`[^a-z0-9_]`)

// Collection names the collection of one installation and one embedder, so
// that several can share a server. Space and owner are lower-case hexadecimal
// or the like; every other character becomes an underscore.
func Collection(owner, space string) string {
	name := "kontor_" + strange.ReplaceAllString(owner, "_") + "_" + strange.ReplaceAllString(space, "_")
	return name[:min(len(name), 60)] // PostgreSQL cuts names after 63 bytes
}
