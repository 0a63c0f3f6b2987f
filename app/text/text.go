// Package text holds the sentences that people read, in German and English.
// One catalogue serves the window, the browser, the command line and error
// messages. It knows nothing of who shows them.
package text

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"sort"
	"strconv"
	"strings"
)

//go:embed *.json
var files embed.FS

// Languages that every text exists in.
func Languages() []string { return []string{"de", "en"} }

// Catalogue maps keys to messages in the ICU format, with the parts of it that
// Kontor uses: {name} and {count, plural, =0 {…} one {…} other {… # …}}.
type Catalogue struct {
	messages map[string]map[string]string
}

// Load reads the embedded files. An error is a mistake in a file.
func Load() (*Catalogue, error) {
	c := &Catalogue{messages: map[string]map[string]string{}}
	for _, language := range Languages() {
		c.messages[language] = map[string]string{}
		for _, part := range []string{"core", "ui"} {
			name := part + "." + language + ".json"
			raw, err := files.ReadFile(name)
			if err != nil {
				return nil, fmt.Errorf("text: %w", err)
			}
			var entries map[string]string
			if err := json.Unmarshal(raw, &entries); err != nil {
				return nil, fmt.Errorf("text: %s: %w", name, err)
			}
			for key, message := range entries {
				if _, twice := c.messages[language][key]; twice {
					return nil, fmt.Errorf("text: %s: %q stands in two files", name, key)
				}
				c.messages[language][key] = message
			}
		}
	}
	return c, nil
}

// Keys lists the keys of a language, sorted.
func (c *Catalogue) Keys(language string) []string {
	keys := make([]string, 0, len(c.messages[language]))
	for key := range c.messages[language] {
		keys = append(keys, key)
	}
	sort.Strings(keys)
	return keys
}

// Has says whether a key exists.
func (c *Catalogue) Has(language, key string) bool {
	_, ok := c.messages[language][key]
	return ok
}

// Text formats a message. An unknown language is English; an unknown key is
// returned as it is, so that a mistake shows instead of hiding.
func (c *Catalogue) Text(language, key string, args map[string]string) string {
	messages, ok := c.messages[language]
	if !ok {
		messages = c.messages["en"]
	}
	message, ok := messages[key]
	if !ok {
		return key
	}
	formatted, err := format(message, withSizes(language, args), "")
	if err != nil {
		return message
	}
	return formatted
}

// withSizes writes arguments whose names end in "_bytes" for people, in powers
// of 1,000 as systems show them.
func withSizes(language string, args map[string]string) map[string]string {
	shown := maps.Clone(args)
	for name, value := range args {
		n, err := strconv.ParseFloat(value, 64)
		if !strings.HasSuffix(name, "_bytes") || err != nil {
			continue
		}
		unit := "kB"
		n /= 1000
		for _, larger := range []string{"MB", "GB"} {
			if n >= 1000 {
				n, unit = n/1000, larger
			}
		}
		digits := 0
		if n < 10 {
			digits = 1
		}
		size := strconv.FormatFloat(n, 'f', digits, 64)
		if language == "de" {
			size = strings.Replace(size, ".", ",", 1)
		}
		shown[name] = size + " " + unit
	}
	return shown
}

// Check tells what is wrong with a message's syntax.
func Check(message string) error {
	_, err := format(message, map[string]string{}, "")
	return err
}

// format replaces arguments and chooses plurals; number stands for # inside a
// plural's branch.
func format(message string, args map[string]string, number string) (string, error) {
	var b strings.Builder
	for i := 0; i < len(message); {
		switch c := message[i]; {
		case c == '{':
			end, err := closing(message, i)
			if err != nil {
				return "", err
			}
			replaced, err := argument(message[i+1:end], args)
			if err != nil {
				return "", err
			}
			b.WriteString(replaced)
			i = end + 1
		case c == '#' && number != "":
			b.WriteString(number)
			i++
		case c == '}':
			return "", fmt.Errorf("unbalanced } at %d", i)
		default:
			b.WriteByte(c)
			i++
		}
	}
	return b.String(), nil
}

// closing finds the brace that ends the one at start.
func closing(message string, start int) (int, error) {
	depth := 0
	for i := start; i < len(message); i++ {
		switch message[i] {
		case '{':
			depth++
		case '}':
			if depth--; depth == 0 {
				return i, nil
			}
		}
	}
	return 0, fmt.Errorf("unbalanced { at %d", start)
}

func argument(inner string, args map[string]string) (string, error) {
	name, rest, complex := strings.Cut(inner, ",")
	name = strings.TrimSpace(name)
	if !complex {
		return args[name], nil
	}
	kind, branches, _ := strings.Cut(rest, ",")
	if strings.TrimSpace(kind) != "plural" {
		return "", fmt.Errorf("unknown format %q", strings.TrimSpace(kind))
	}
	value := args[name]
	chosen, err := plural(branches, value)
	if err != nil {
		return "", err
	}
	return format(chosen, args, value)
}

// plural picks the branch for a number: the exact one, "one" for 1 (German and
// English agree), else "other".
func plural(branches, value string) (string, error) {
	found := map[string]string{}
	for rest := strings.TrimSpace(branches); rest != ""; rest = strings.TrimSpace(rest) {
		open := strings.IndexByte(rest, '{')
		if open < 0 {
			return "", fmt.Errorf("plural branch without braces: %q", rest)
		}
		end, err := closing(rest, open)
		if err != nil {
			return "", err
		}
		found[strings.TrimSpace(rest[:open])] = rest[open+1 : end]
		rest = rest[end+1:]
	}
	if exact, ok := found["="+value]; ok {
		return exact, nil
	}
	if n, err := strconv.ParseFloat(value, 64); err == nil && n == 1 {
		if one, ok := found["one"]; ok {
			return one, nil
		}
	}
	other, ok := found["other"]
	if !ok {
		return "", fmt.Errorf("plural without other")
	}
	return other, nil
}
