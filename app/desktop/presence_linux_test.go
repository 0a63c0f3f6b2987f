//go:build desktop

package desktop

import (
	"bufio"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"syscall"
	"testing"

	"kontor/app"
	"kontor/app/desktop/desktoptest"
)

// shownWindow is a process with a window, seen from outside.
type shownWindow struct {
	t     *testing.T
	home  string
	cmd   *exec.Cmd
	in    io.WriteCloser
	ended chan error

	mu      sync.Mutex
	last    presenceReport // Desktop is the newest
	summons []app.Summoned
}

func startWindow(t *testing.T) *shownWindow {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	w := &shownWindow{t: t, home: t.TempDir(), cmd: exec.Command(program), ended: make(chan error, 1)}
	w.cmd.Env = append(os.Environ(), presenceVariable+"="+w.home)
	w.cmd.Stderr = os.Stderr
	if w.in, err = w.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := w.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := w.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		for lines := bufio.NewScanner(out); lines.Scan(); {
			var report presenceReport
			if json.Unmarshal(lines.Bytes(), &report) == nil {
				w.take(report)
			}
		}
		w.ended <- w.cmd.Wait()
	}()
	t.Cleanup(func() { _ = w.cmd.Process.Kill() })
	desktoptest.Until(t, "the window is there", func() bool { return w.report().Started && w.visible() })
	return w
}

func (w *shownWindow) take(r presenceReport) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.last.Started = w.last.Started || r.Started
	w.last.Stopped = w.last.Stopped || r.Stopped
	if r.Desktop != nil {
		w.last.Desktop = r.Desktop
	}
	if r.Summoned != nil {
		w.summons = append(w.summons, *r.Summoned)
	}
}

func (w *shownWindow) report() presenceReport {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.last
}

func (w *shownWindow) desktop() app.Desktop {
	if d := w.report().Desktop; d != nil {
		return *d
	}
	return app.Desktop{}
}

func (w *shownWindow) summoned() []app.Summoned {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.summons)
}

func (w *shownWindow) visible() bool { return desktoptest.Shown(w.t, "Kontor") != 0 }

func (w *shownWindow) send(c presenceCommand) {
	w.t.Helper()
	if err := json.NewEncoder(w.in).Encode(c); err != nil {
		w.t.Fatal(err)
	}
}

func (w *shownWindow) wish(wishes app.DesktopWishes) {
	w.t.Helper()
	w.send(presenceCommand{Wishes: &wishes})
}

// close presses the button of the window and waits until it is hidden.
func (w *shownWindow) close() {
	w.t.Helper()
	desktoptest.Close(w.t, desktoptest.Shown(w.t, "Kontor"))
	desktoptest.Until(w.t, "the window is hidden", func() bool { return !w.visible() })
}

// end waits until the process has ended by itself, with everything stopped.
func (w *shownWindow) end() {
	w.t.Helper()
	if err := <-w.ended; err != nil {
		w.t.Errorf("the program ended with %v", err)
	}
	if !w.report().Stopped {
		w.t.Error("the program ended without stopping what it had begun")
	}
}

var (
	germanWords  = app.DesktopWords{Open: "Kontor öffnen", NewChat: "Neuer Chat", Quit: "Kontor beenden", HotkeyReason: "r"}
	englishWords = app.DesktopWords{Open: "Open Kontor", NewChat: "New chat", Quit: "Quit Kontor", HotkeyReason: "r"}
)

// TestTray goes through the life of a window with an icon in the tray.
func TestTray(t *testing.T) {
	desktoptest.StartBus(t)
	desktoptest.StartDisplay(t)
	w := startWindow(t)
	w.wish(app.DesktopWishes{Tray: true, Words: germanWords})
	panel := desktoptest.StartPanel(t)
	desktoptest.Until(t, "the icon is there", func() bool { return panel.Item() != "" && w.desktop().Tray })
	if got := panel.Menu(); !slices.Equal(got, []string{"Kontor öffnen", "Neuer Chat", "-", "Kontor beenden"}) {
		t.Errorf("menu %q", got)
	}
	w.wish(app.DesktopWishes{Tray: true, Words: englishWords})
	desktoptest.Until(t, "the menu is in the other language", func() bool { return slices.Contains(panel.Menu(), "Quit Kontor") })

	w.close()
	panel.Press()
	desktoptest.Until(t, "the icon brought it back", func() bool { return w.visible() && len(w.summoned()) == 1 })
	w.close()
	panel.Choose("New chat")
	desktoptest.Until(t, "the menu brought it back", func() bool { return w.visible() && len(w.summoned()) == 2 })
	if got := w.summoned(); got[0].NewChat || !got[1].NewChat {
		t.Errorf("summoned %+v", got)
	}
	w.close()
	w.send(presenceCommand{Raise: true})
	desktoptest.Until(t, "a second start brought it back", w.visible)

	w.close()
	panel.Stop()
	desktoptest.Until(t, "it is back without a tray", w.visible)
	panel = desktoptest.StartPanel(t)
	desktoptest.Until(t, "the icon is in the new panel", func() bool { return panel.Item() != "" && w.desktop().Tray })
	w.close()
	w.wish(app.DesktopWishes{Words: englishWords})
	desktoptest.Until(t, "it is back when the setting is off", func() bool { return w.visible() && panel.Item() == "" })

	w.wish(app.DesktopWishes{Tray: true, Words: englishWords})
	desktoptest.Until(t, "the icon is there again", func() bool { return panel.Item() != "" })
	w.close()
	panel.Choose("Quit Kontor")
	w.end()
	desktoptest.Until(t, "the icon has gone", func() bool { return panel.Item() == "" })
}

// TestSignalInTray ends a program whose window is hidden.
func TestSignalInTray(t *testing.T) {
	desktoptest.StartBus(t)
	desktoptest.StartDisplay(t)
	panel := desktoptest.StartPanel(t)
	w := startWindow(t)
	w.wish(app.DesktopWishes{Tray: true, Words: germanWords})
	desktoptest.Until(t, "the icon is there", func() bool { return panel.Item() != "" })
	w.close()
	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.end()
}

// TestHotkey calls the window and sends it away by keys, with and without a tray.
func TestHotkey(t *testing.T) {
	desktoptest.StartBus(t)
	desktoptest.StartDisplay(t)
	panel := desktoptest.StartPanel(t)
	w := startWindow(t)
	w.wish(app.DesktopWishes{Tray: true, Hotkey: "ctrl+alt+k", Words: germanWords})
	desktoptest.Until(t, "the keys are held", func() bool { return w.desktop().Held && panel.Item() != "" })
	desktoptest.Distract(t)
	desktoptest.Keys(t, "ctrl+alt+k")
	desktoptest.Until(t, "the keys called it", func() bool { return len(w.summoned()) == 1 })
	desktoptest.Until(t, "it has the keyboard", func() bool { return desktoptest.Focused(t) == desktoptest.Shown(t, "Kontor") })
	desktoptest.Keys(t, "ctrl+alt+k")
	desktoptest.Until(t, "the keys sent it away", func() bool { return !w.visible() })
	desktoptest.Keys(t, "ctrl+alt+k")
	desktoptest.Until(t, "the keys called it again", func() bool { return w.visible() && len(w.summoned()) == 2 })

	// Another program has the next ones.
	desktoptest.Grab(t, "F9")
	w.wish(app.DesktopWishes{Tray: true, Hotkey: "super+f9", Words: germanWords})
	desktoptest.Until(t, "the taken keys are reported", func() bool {
		d := w.desktop()
		return !d.Held && d.Problem != nil && d.Problem.Code == app.ProblemHotkeyTaken && d.Problem.Args["keys"] == "super+f9"
	})
	w.wish(app.DesktopWishes{Words: germanWords})
	desktoptest.Until(t, "nothing is wanted and nothing wrong", func() bool { d := w.desktop(); return !d.Held && d.Problem == nil && panel.Item() == "" })

	if err := w.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	w.end()
	if _, err := os.Stat(filepath.Join(w.home, "window.json")); err != nil {
		t.Errorf("the window's place was not remembered: %v", err)
	}
}
