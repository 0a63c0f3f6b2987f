package app

import (
	"context"
	"testing"

	"kontor/app/policy"
	"kontor/llm/llmtest"
)

// deskShell is a window on a desktop with a tray.
type deskShell struct{ noShell }

func (deskShell) Kind() string { return "window" }
func (deskShell) Desktop(context.Context) Desktop {
	return Desktop{Window: true, Tray: true, Hotkeys: true}
}

func TestDesktopWishesFollowTheSettings(t *testing.T) {
	b := open(t, llmtest.Script{})
	set := func(key policy.Key, value string) *Problem {
		_, problem := run[Settings](b, "settings.set", SetRequest{Key: string(key), Value: value})
		return problem
	}
	set(policy.Language, "de")
	if got := b.DesktopWishes(); got.Tray || got.Hotkey != "" || got.Words.Quit != "Kontor beenden" {
		t.Errorf("at first: %+v", got)
	}
	for key, value := range map[policy.Key]string{policy.Language: "en", policy.Tray: "true", policy.Hotkey: "ctrl+alt+k"} {
		if problem := set(key, value); problem != nil {
			t.Errorf("%s: %+v", key, problem)
		}
	}
	if got := b.DesktopWishes(); !got.Tray || got.Hotkey != "ctrl+alt+k" || got.Words.Quit != "Quit Kontor" || got.Words.NewChat != "New chat" {
		t.Errorf("later: %+v", got)
	}
	if problem := set(policy.Hotkey, "ctrl+c"); problem == nil || problem.Code != ProblemSettingInvalid {
		t.Errorf("keys that every program needs: %+v", problem)
	}
}

func TestDesktopOnlyForTheWindow(t *testing.T) {
	b := open(t, llmtest.Script{})
	if got := do[Desktop](b, "desktop.get", Empty{}); got != (Desktop{}) {
		t.Errorf("without a window: %+v", got)
	}
	b.shell.become(deskShell{})
	if got := do[Desktop](b, "desktop.get", Empty{}); !got.Window || !got.Tray || !got.Hotkeys {
		t.Errorf("in the window: %+v", got)
	}
	b.me.Local = false
	if got := do[Desktop](b, "desktop.get", Empty{}); got != (Desktop{}) {
		t.Errorf("for a browser: %+v", got)
	}
}
