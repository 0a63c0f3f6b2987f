package folder

import (
	"errors"
	"fmt"
	"path"
	"strings"

	"github.com/bmatcuk/doublestar/v4"
	"golang.org/x/text/unicode/norm"
)

// ErrPattern is what [Compile] fails with for a pattern that is none.
var ErrPattern = errors.New("folder: not a pattern")

// Rules say which files of a folder count. A pattern is a path below the folder
// with * for any part of a name, ** for any folders, ? for a character and
// {a,b} for either; one without a slash fits names at any depth, and one that
// ends in a slash fits a folder with all that is in it. Case does not matter.
type Rules struct {
	include, exclude []string
	known            func(name string) bool
}

// Excluded are the patterns that always count: what programs leave beside
// documents. A hidden file or folder begins with a dot.
func Excluded() []string {
	return []string{
		".*", "~$*", "~*.tmp", "*.tmp", "*.temp", "*.bak", "*.part", "*.partial", "*.crdownload", "*~", ".~lock.*#", "Thumbs.db", "desktop.ini",
		"node_modules/", "__pycache__/", "$RECYCLE.BIN/", "System Volume Information/", "@eaDir/", "#recycle/", "#snapshot/", "~snapshot/",
	}
}

// Compile checks patterns. known says by its name whether a file is of a kind
// that is wanted at all; nil for all. Without include every known file counts.
func Compile(include, exclude []string, known func(name string) bool) (Rules, error) {
	r := Rules{known: known}
	var err error
	if r.include, err = compiled(include); err != nil {
		return r, err
	}
	r.exclude, err = compiled(append(Excluded(), exclude...))
	return r, err
}

// compiled brings patterns into the form that is matched.
func compiled(patterns []string) ([]string, error) {
	var list []string
	for _, original := range patterns {
		pattern := folded(strings.TrimPrefix(strings.ReplaceAll(strings.TrimSpace(original), `\`, "/"), "./"))
		if pattern == "" {
			continue
		}
		if len(pattern) > maxPattern || !doublestar.ValidatePattern(strings.Trim(pattern, "/")) || strings.Contains(pattern, "../") {
			return nil, fmt.Errorf("%w: %q", ErrPattern, original)
		}
		inside := strings.HasSuffix(pattern, "/")
		anchored := strings.HasPrefix(pattern, "/") || strings.Contains(strings.TrimSuffix(pattern, "/"), "/")
		pattern = strings.Trim(pattern, "/")
		if !anchored {
			pattern = "**/" + pattern
		}
		if !inside {
			list = append(list, pattern)
		}
		list = append(list, pattern+"/**")
	}
	return list, nil
}

// maxPattern is the longest pattern that is taken, in bytes.
const maxPattern = 400

// folded makes names comparable: case does not count, and an umlaut is one
// whether it is written as one character or as a letter and two dots.
func folded(name string) string { return strings.ToLower(norm.NFC.String(name)) }

func fits(patterns []string, name string) bool {
	for _, pattern := range patterns {
		if ok, err := doublestar.Match(pattern, name); ok && err == nil {
			return true
		}
	}
	return false
}

// Skips says whether nothing in the folder at this path (below the root, with
// slashes) can count.
func (r Rules) Skips(below string) bool { return fits(r.exclude, folded(below)+"/"+anyName) }

// anyName stands for any file in a folder; no pattern but one for all names fits it.
const anyName = "\x01any\x01"

// verdict is what the rules say of a file.
type verdict int

const (
	wanted  verdict = iota
	left            // by a pattern
	unknown         // of a kind nobody reads
)

func (r Rules) judge(below string) verdict {
	name := folded(below)
	switch {
	case fits(r.exclude, name), len(r.include) > 0 && !fits(r.include, name):
		return left
	case r.known != nil && !r.known(path.Base(below)):
		return unknown
	}
	return wanted
}

// Counts says whether a file at this path (below the root, with slashes) counts.
func (r Rules) Counts(below string) bool { return r.judge(below) == wanted }
