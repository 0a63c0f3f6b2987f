package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"

	"kontor/build/cache"
)

// desktopTags choose the window in Wails; webkit2_41 is the WebKit that current Linux systems carry.
const desktopTags = "desktop,production,webkit2_41"

// lockFile is the part of npm's lock files that says which package is where. npm writes one of what was asked for
// and one of what it installed.
type lockFile struct {
	Packages map[string]struct {
		Version  string `json:"version"`
		Optional bool   `json:"optional"`
	} `json:"packages"`
}

// oldestNode is the first version that runs the frontend's tools.
var oldestNode = [2]int{20, 19}

// nodeFits reports whether what `node --version` prints is new enough.
func nodeFits(version string) bool {
	var major, minor int
	if _, err := fmt.Sscanf(version, "v%d.%d.", &major, &minor); err != nil {
		return false
	}
	return major > oldestNode[0] || (major == oldestNode[0] && minor >= oldestNode[1])
}

// installFrontend runs `npm ci` unless node_modules already is what the lock file says.
func (w *workshop) installFrontend(ctx context.Context, s *step) error {
	version, err := w.command("node", "--version").output(ctx)
	if err != nil || !nodeFits(version) {
		return missingError{fmt.Sprintf("Node.js %d.%d or newer must be installed first; found %q.", oldestNode[0], oldestNode[1], version)}
	}
	dir := w.frontend()
	if frontendInstalled(dir) {
		s.note = "unchanged"
		return nil
	}
	return w.command(npm(), "ci", "--no-audit", "--no-fund").in(dir).run(ctx, s)
}

func frontendInstalled(dir string) bool {
	want, err := readLock(filepath.Join(dir, "package-lock.json"))
	if err != nil {
		return false
	}
	have, err := readLock(filepath.Join(dir, "node_modules", ".package-lock.json"))
	if err != nil {
		return false
	}
	for path, pkg := range want.Packages {
		if path != "" && !pkg.Optional && have.Packages[path].Version != pkg.Version {
			return false
		}
	}
	return true
}

func readLock(path string) (lockFile, error) {
	var lock lockFile
	content, err := os.ReadFile(path)
	if err != nil {
		return lock, err
	}
	return lock, json.Unmarshal(content, &lock)
}

// buildFrontend runs `npm run build` unless neither the sources nor the bundle changed since it last ran.
func (w *workshop) buildFrontend(ctx context.Context, s *step) error {
	stamp := w.cache.Path("stamps", w.treeID(), "frontend")
	state, err := w.frontendState()
	if err != nil {
		return err
	}
	if before, err := os.ReadFile(stamp); err == nil && string(before) == state {
		s.note = "unchanged"
		return nil
	}
	if err := w.command(npm(), "run", "build").in(w.frontend()).run(ctx, s); err != nil {
		return err
	}
	if state, err = w.frontendState(); err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(stamp), 0o755); err != nil {
		return err
	}
	return os.WriteFile(stamp, []byte(state), 0o644)
}

// frontendState hashes what the bundle is made from and the bundle itself.
func (w *workshop) frontendState() (string, error) {
	h := sha256.New()
	for _, dir := range []string{"frontend", "app/text"} {
		err := filepath.WalkDir(filepath.Join(w.root, filepath.FromSlash(dir)), func(path string, d fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if d.IsDir() {
				if d.Name() == "node_modules" || d.Name() == "e2e" {
					return fs.SkipDir
				}
				return nil
			}
			sum, err := cache.FileSHA256(path)
			fmt.Fprintln(h, path, sum)
			return err
		})
		if err != nil {
			return "", err
		}
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// treeID tells source trees apart that share the cache.
func (w *workshop) treeID() string {
	sum := sha256.Sum256([]byte(w.root))
	return hex.EncodeToString(sum[:6])
}

// programs are the two that main.go becomes. A program linked with WebKit does not start on a machine without it, so the
// server is one of its own.
type programs struct{ server, desktop string }

// buildPrograms compiles the server, and the window when asked, into the cache.
func (w *workshop) buildPrograms(ctx context.Context, s *step, window bool) (programs, error) {
	dir := w.cache.Path("bin", w.treeID())
	p := programs{server: filepath.Join(dir, exe("kontor")), desktop: filepath.Join(dir, exe("kontor-desktop"))}
	build := []string{"go", "build", "-trimpath", "-buildvcs=false"}
	if err := w.command(append(build, "-o", p.server, ".")...).with("CGO_ENABLED=0").run(ctx, s); err != nil {
		return p, err
	}
	if !window {
		return p, nil
	}
	return p, w.command(append(build, "-tags", desktopTags, "-o", p.desktop, ".")...).with(desktopCGO()).run(ctx, s)
}

// desktopCGO says whether the window needs a C compiler: Windows reaches its web view without one.
func desktopCGO() string {
	if runtime.GOOS == "windows" {
		return "CGO_ENABLED=0"
	}
	return "CGO_ENABLED=1"
}

func npm() string {
	if runtime.GOOS == "windows" {
		return "npm.cmd"
	}
	return "npm"
}
