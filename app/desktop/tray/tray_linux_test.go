package tray

import (
	"context"
	"slices"
	"sync/atomic"
	"testing"

	"kontor/app/desktop/desktoptest"
)

func TestWatch(t *testing.T) {
	desktoptest.StartBus(t)
	var there atomic.Int32 // 1 no, 2 yes
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		Watch(ctx, func(is bool) {
			if is {
				there.Store(2)
			} else {
				there.Store(1)
			}
		})
	}()
	desktoptest.Until(t, "no tray was found", func() bool { return there.Load() == 1 })
	panel := desktoptest.StartPanel(t)
	desktoptest.Until(t, "the tray was found", func() bool { return there.Load() == 2 })
	panel.Stop()
	desktoptest.Until(t, "its end was noticed", func() bool { return there.Load() == 1 })
	cancel()
	<-done
}

func TestNoBus(t *testing.T) {
	t.Setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path="+t.TempDir()+"/none")
	if _, err := Show(Look{Title: "Kontor"}); err == nil {
		t.Error("an icon without a bus")
	}
	ctx, cancel := context.WithCancel(t.Context())
	Watch(ctx, func(there bool) {
		if there {
			t.Error("a tray without a bus")
		}
		cancel()
	})
}

func TestIconAndMenu(t *testing.T) {
	desktoptest.StartBus(t)
	if _, err := Show(Look{Title: "Kontor"}); err == nil {
		t.Error("an icon without a panel")
	}
	panel := desktoptest.StartPanel(t)
	var opened, chosen, quit atomic.Int32
	count := func(n *atomic.Int32) func() { return func() { n.Add(1) } }
	look := func(open, end string) Look {
		return Look{Title: "Kontor", Opened: count(&opened), Entries: []Entry{{Label: open, Chosen: count(&chosen)}, {}, {Label: end, Chosen: count(&quit)}}}
	}
	shown, err := Show(look("Kontor öffnen", "Kontor beenden"))
	if err != nil {
		t.Fatal(err)
	}
	if got := panel.Property("Title"); got != "Kontor" {
		t.Errorf("title %v", got)
	}
	icons, _ := panel.Property("IconPixmap").([][]any)
	if len(icons) < 4 || icons[1][0] != int32(22) || len(icons[1][2].([]byte)) != 22*22*4 {
		t.Errorf("%d icons", len(icons))
	}
	if got := panel.Menu(); !slices.Equal(got, []string{"Kontor öffnen", "-", "Kontor beenden"}) {
		t.Errorf("menu %q", got)
	}
	panel.Press()
	panel.Choose("Kontor öffnen")
	desktoptest.Until(t, "press and choice arrived", func() bool { return opened.Load() == 1 && chosen.Load() == 1 })

	before := panel.NewMenus()
	shown.Change(look("Open Kontor", "Quit Kontor"))
	desktoptest.Until(t, "the panel heard of the new menu", func() bool { return panel.NewMenus() > before })
	panel.Choose("Quit Kontor")
	desktoptest.Until(t, "the choice arrived", func() bool { return quit.Load() == 1 })

	panel.Stop()
	again := desktoptest.StartPanel(t)
	desktoptest.Until(t, "the icon is in the new panel", func() bool { return again.Item() != "" })
	shown.Close()
	desktoptest.Until(t, "the icon has gone", func() bool { return again.Item() == "" })

	// One run may take it away and show it again.
	next, err := Show(look("Open Kontor", "Quit Kontor"))
	if err != nil || again.Item() == "" {
		t.Fatalf("a second icon: %v", err)
	}
	next.Close()
}
