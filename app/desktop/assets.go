package desktop

import (
	"net/http"

	"kontor/app"
	"kontor/app/bundle"
)

// handler serves the page and originals to the window. Whenever the page
// itself is delivered, the bridge gets a new capability.
func (w *Window) handler() http.Handler {
	files := bundle.Files(w.options.Assets)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/original/{id}", w.original)
	mux.HandleFunc("/", func(rw http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/" || r.URL.Path == "/index.html" {
			w.bridge.arm()
			// Wails adds its scripts to the page, so it must come as it is.
			r.Header.Del("Accept-Encoding")
		}
		files.ServeHTTP(rw, r)
	})
	return http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		bundle.Protect(rw.Header())
		mux.ServeHTTP(rw, r)
	})
}

func (w *Window) original(rw http.ResponseWriter, r *http.Request) {
	err := w.ready(r.Context())
	if err == nil {
		file, name, modTime, failed := w.options.Files.Original(r.Context(), w.principal(), r.PathValue("id"), r.URL.Query().Get("hash"))
		if err = failed; err == nil {
			bundle.Original(rw, r, bundle.Opened{File: file, Name: name, ModTime: modTime})
			return
		}
	}
	w.log.Debug("original refused", "code", app.AsError(err).Code)
	http.Error(rw, app.AsError(err).Code, http.StatusNotFound)
}
