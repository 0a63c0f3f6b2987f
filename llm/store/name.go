package store

import (
	"path/filepath"
	"regexp"
	"strings"
)

// Name says which model is meant: host, namespace, model and tag, each a
// folder or file name in the store.
type Name struct{ Host, Namespace, Model, Tag string }

// part is what each part of a name may be: never a path, never hidden.
var part = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,79}$`)

// ParseName reads "model", "model:tag", "namespace/model:tag" or
// "host/namespace/model:tag"; host stands for what is left out. ok is false
// for anything that could not be a name.
func ParseName(text, host string) (n Name, ok bool) {
	n = Name{Host: host, Namespace: "library", Tag: "latest"}
	rest := text
	if before, tag, found := cutLast(rest, ":"); found && !strings.Contains(tag, "/") {
		rest, n.Tag = before, tag
	}
	pieces := strings.Split(rest, "/")
	switch len(pieces) {
	case 1:
		n.Model = pieces[0]
	case 2:
		n.Namespace, n.Model = pieces[0], pieces[1]
	case 3:
		n.Host, n.Namespace, n.Model = pieces[0], pieces[1], pieces[2]
	default:
		return Name{}, false
	}
	return n, n.valid()
}

func cutLast(s, sep string) (before, after string, found bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

func (n Name) valid() bool {
	for _, p := range []string{n.Host, n.Namespace, n.Model, n.Tag} {
		if !part.MatchString(p) {
			return false
		}
	}
	return true
}

// Short is the name as people write it, without what host and the format add.
func (n Name) Short(host string) string {
	short := n.Model + ":" + n.Tag
	if n.Namespace != "library" || n.Host != host {
		short = n.Namespace + "/" + short
	}
	if n.Host != host {
		short = n.Host + "/" + short
	}
	return strings.TrimSuffix(short, ":latest")
}

// Repository is the path of the model in a registry.
func (n Name) Repository() string { return n.Namespace + "/" + n.Model }

func (n Name) path() string { return filepath.Join("manifests", n.Host, n.Namespace, n.Model, n.Tag) }
