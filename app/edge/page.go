package edge

import (
	"crypto/sha256"
	_ "embed" // page.html and page.css
	"encoding/base64"
	"html/template"
	"net/http"
	"strings"
	"sync"

	"golang.org/x/text/language"

	"kontor/app/text"
)

// The pages of this package are for people without a session: they load
// nothing, not even from here.
//
//go:embed page.html
var pageSource string

//go:embed page.css
var pageStyle string

var pageTemplate = template.Must(template.New("page").Parse(pageSource))

// loginCommand makes a new link.
const loginCommand = "kontor serve --login-url"

// page shows one sentence and how to go on. key is the sentence's.
func (s *Server) page(w http.ResponseWriter, r *http.Request, status int, key string) {
	lang := s.language(r)
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	// The one style is named by its content, so that nothing else could be added.
	sum := sha256.Sum256([]byte(pageStyle))
	w.Header().Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(sum[:])+"'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'")
	w.WriteHeader(status)
	if r.Method == http.MethodHead {
		return
	}
	_ = pageTemplate.Execute(w, map[string]any{
		"Style": template.CSS(pageStyle), "Language": lang, "Title": s.options.Text(lang, "signin.title"), "Sentence": s.options.Text(lang, key), "How": s.options.Text(lang, "signin.how"), "Command": loginCommand,
	})
}

// language is the person's setting or what the browser asks for.
func (s *Server) language(r *http.Request) string {
	if set := s.options.Language(); set == "de" || set == "en" {
		return set
	}
	wanted, _, err := language.ParseAcceptLanguage(r.Header.Get("Accept-Language"))
	if err != nil {
		return "en"
	}
	matched, _, _ := language.NewMatcher([]language.Tag{language.English, language.German}).Match(wanted...)
	if base, _ := matched.Base(); base.String() == "de" {
		return "de"
	}
	return "en"
}

// isAPI reports whether a program and not a person reads the answer.
func isAPI(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, "/api/") }

// catalogueText reads the catalogue when the first sentence is needed.
func catalogueText() func(language, key string) string {
	load := sync.OnceValues(text.Load)
	return func(language, key string) string {
		catalogue, err := load()
		if err != nil {
			return key // a mistake in a file, which its own tests find
		}
		return catalogue.Text(language, key, nil)
	}
}
