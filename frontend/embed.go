// Package frontend carries the built web bundle, the one page that the window
// and the edge server both show. It knows nothing of what the page does; the
// sources beside it are TypeScript and are built by `npm run build` into dist.
package frontend

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var dist embed.FS

// Bundle returns the files of the page, index.html at its root. Before the
// first `npm run build` it holds only a placeholder; see [Built].
func Bundle() fs.FS {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // "dist" is a constant, valid path
	}
	return root
}

// Built reports whether the bundle holds a page, not only the placeholder that
// lets Go compile.
func Built() bool {
	_, err := fs.Stat(dist, "dist/index.html")
	return err == nil
}
