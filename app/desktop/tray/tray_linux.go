package tray

import (
	"context"
	"errors"
	"fmt"
	"os"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
	"github.com/godbus/dbus/v5/prop"

	"kontor/app/desktop/icon"
)

// The names of the StatusNotifierItem specification. The watcher keeps the
// list of icons, a host shows them.
const (
	watcherName  = "org.kde.StatusNotifierWatcher"
	watcherPath  = "/StatusNotifierWatcher"
	itemName     = "org.kde.StatusNotifierItem"
	itemPath     = "/StatusNotifierItem"
	hostProperty = watcherName + ".IsStatusNotifierHostRegistered"
	busName      = "org.freedesktop.DBus"
)

// pixmap is the icon in one size.
type pixmap struct {
	Width, Height int32
	ARGB          []byte
}

// toolTip is shown when a person points at the icon.
type toolTip struct {
	IconName    string
	Icon        []pixmap
	Title, Text string
}

// Watch calls moved with whether somebody shows the icons of programs, at
// first and whenever that changes, until ctx ends. Without a session bus
// nobody does.
func Watch(ctx context.Context, moved func(there bool)) {
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		moved(false)
		<-ctx.Done()
		return
	}
	defer func() { _ = conn.Close() }()
	signals := followWatcher(conn)
	there := hosted(conn)
	moved(there)
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-signals:
			if !open { // the bus has ended, and the desktop with it
				signals = nil
			}
		}
		if now := hosted(conn); now != there {
			there = now
			moved(there)
		}
	}
}

// followWatcher returns what happens to the watcher: it comes or goes, and so
// do those who show.
func followWatcher(conn *dbus.Conn) chan *dbus.Signal {
	signals := make(chan *dbus.Signal, 16)
	conn.Signal(signals)
	// A bus that refuses leaves what was found at first.
	_ = conn.AddMatchSignal(dbus.WithMatchSender(busName), dbus.WithMatchMember("NameOwnerChanged"), dbus.WithMatchArg(0, watcherName))
	_ = conn.AddMatchSignal(dbus.WithMatchInterface(watcherName), dbus.WithMatchMember("StatusNotifierHostRegistered"))
	_ = conn.AddMatchSignal(dbus.WithMatchInterface(watcherName), dbus.WithMatchMember("StatusNotifierHostUnregistered"))
	return signals
}

// hosted asks without starting anything.
func hosted(conn *dbus.Conn) bool {
	var owned bool
	if err := conn.BusObject().Call(busName+".NameHasOwner", 0, watcherName).Store(&owned); err != nil || !owned {
		return false
	}
	value, err := conn.Object(watcherName, watcherPath).GetProperty(hostProperty)
	if err != nil {
		return false
	}
	shown, is := value.Value().(bool)
	return is && shown
}

// Tray is an icon in the tray.
type Tray struct {
	conn *dbus.Conn
	name string
	menu *menu
	done sync.WaitGroup

	mu     sync.Mutex
	opened func()
}

// Show puts the icon into the tray. It comes back by itself when the panel that
// shows it starts anew.
func Show(look Look) (*Tray, error) {
	conn, err := dbus.ConnectSessionBus()
	if err != nil {
		return nil, fmt.Errorf("tray: %w", err)
	}
	t := &Tray{conn: conn, menu: &menu{conn: conn}, opened: look.Opened,
		// The number tells icons of one process apart; several may be shown one after the other.
		name: fmt.Sprintf("%s-%d-1", itemName, os.Getpid())}
	t.menu.become(look.Entries)
	if err := errors.Join(t.export(look), t.menu.export(), t.register()); err != nil {
		_ = conn.Close()
		return nil, fmt.Errorf("tray: %w", err)
	}
	signals := followWatcher(conn)
	t.done.Go(func() {
		for signal := range signals {
			if len(signal.Body) == 3 && signal.Body[2] != "" {
				_ = t.register() // a watcher that refuses now asks nobody again
			}
		}
	})
	return t, nil
}

// register tells the watcher.
func (t *Tray) register() error {
	reply, err := t.conn.RequestName(t.name, dbus.NameFlagDoNotQueue)
	if err != nil {
		return err
	}
	if reply != dbus.RequestNameReplyPrimaryOwner && reply != dbus.RequestNameReplyAlreadyOwner {
		return errors.New("the icon's name is taken")
	}
	return t.conn.Object(watcherName, watcherPath).Call(watcherName+".RegisterStatusNotifierItem", 0, t.name).Err
}

// export offers the icon on the bus.
func (t *Tray) export(look Look) error {
	var icons []pixmap
	for _, size := range []int{16, 22, 24, 32, 48, 64} {
		icons = append(icons, pixmap{int32(size), int32(size), icon.ARGB(size)})
	}
	fixed := func(value any) *prop.Prop { return &prop.Prop{Value: value, Emit: prop.EmitConst} }
	properties := prop.Map{itemName: {
		"Category": fixed("ApplicationStatus"), "Id": fixed("kontor"), "Title": fixed(look.Title), "Status": fixed("Active"),
		"WindowId": fixed(int32(0)), "IconName": fixed(""), "IconThemePath": fixed(""), "IconPixmap": fixed(icons),
		"OverlayIconName": fixed(""), "AttentionIconName": fixed(""),
		"ToolTip": fixed(toolTip{Title: look.Title, Icon: []pixmap{}}), "ItemIsMenu": fixed(false), "Menu": fixed(dbus.ObjectPath(menuPath)),
	}}
	if _, err := prop.Export(t.conn, itemPath, properties); err != nil {
		return err
	}
	methods := map[string]any{
		"Activate":          func(int32, int32) *dbus.Error { t.open(); return nil },
		"SecondaryActivate": func(int32, int32) *dbus.Error { t.open(); return nil },
		"ContextMenu":       func(int32, int32) *dbus.Error { return nil }, // the host shows the menu
		"Scroll":            func(int32, string) *dbus.Error { return nil },
	}
	if err := t.conn.ExportMethodTable(methods, itemPath, itemName); err != nil {
		return err
	}
	place := []introspect.Arg{{Name: "x", Type: "i", Direction: "in"}, {Name: "y", Type: "i", Direction: "in"}}
	return describe(t.conn, itemPath, introspect.Interface{Name: itemName, Methods: []introspect.Method{
		{Name: "Activate", Args: place}, {Name: "SecondaryActivate", Args: place}, {Name: "ContextMenu", Args: place},
		{Name: "Scroll", Args: []introspect.Arg{{Name: "delta", Type: "i", Direction: "in"}, {Name: "orientation", Type: "s", Direction: "in"}}},
	}})
}

// describe answers programs that ask what an object can do.
func describe(conn *dbus.Conn, path dbus.ObjectPath, own introspect.Interface) error {
	node := &introspect.Node{Name: string(path), Interfaces: []introspect.Interface{introspect.IntrospectData, prop.IntrospectData, own}}
	return conn.Export(introspect.NewIntrospectable(node), path, "org.freedesktop.DBus.Introspectable")
}

func (t *Tray) open() {
	t.mu.Lock()
	opened := t.opened
	t.mu.Unlock()
	if opened != nil {
		go opened()
	}
}

// Change shows other entries.
func (t *Tray) Change(look Look) {
	t.mu.Lock()
	t.opened = look.Opened
	t.mu.Unlock()
	t.menu.become(look.Entries)
}

// Close takes the icon away.
func (t *Tray) Close() {
	_ = t.conn.Close() // the watcher sees the name go
	t.done.Wait()
}
