package desktoptest

import (
	"strings"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	portalName    = "org.freedesktop.portal.Desktop"
	portalPath    = dbus.ObjectPath("/org/freedesktop/portal/desktop")
	shortcutsName = "org.freedesktop.portal.GlobalShortcuts"
)

// Portal gives out keys as a Wayland desktop does.
type Portal struct {
	conn   *dbus.Conn
	refuse bool

	mu      sync.Mutex
	wanted  string
	session dbus.ObjectPath
	bound   bool
}

// shortcut is what a program wants or gets: (sa{sv}).
type shortcut struct {
	ID         string
	Properties map[string]dbus.Variant
}

// StartPortal puts the portal on the bus. One that refuses is a person who
// says no.
func StartPortal(t testing.TB, refuse bool) *Portal {
	t.Helper()
	p := &Portal{conn: connect(t), refuse: refuse}
	_, err := prop.Export(p.conn, portalPath, prop.Map{shortcutsName: {"version": {Value: uint32(1)}}})
	must(t, err, p.conn.ExportMethodTable(map[string]any{"CreateSession": p.create, "BindShortcuts": p.bind}, portalPath, shortcutsName))
	reply, err := p.conn.RequestName(portalName, dbus.NameFlagDoNotQueue)
	if must(t, err); reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal("another portal is there")
	}
	return p
}

func handle(kind string, sender dbus.Sender, token string) dbus.ObjectPath {
	name := strings.ReplaceAll(strings.TrimPrefix(string(sender), ":"), ".", "_")
	return portalPath + dbus.ObjectPath("/"+kind+"/"+name+"/"+token)
}

func (p *Portal) answer(request dbus.ObjectPath, response uint32, results map[string]dbus.Variant) {
	_ = p.conn.Emit(request, "org.freedesktop.portal.Request.Response", response, results)
}

func (p *Portal) create(sender dbus.Sender, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	token, _ := options["session_handle_token"].Value().(string)
	of, _ := options["handle_token"].Value().(string)
	session, request := handle("session", sender, token), handle("request", sender, of)
	p.mu.Lock()
	p.session = session
	p.mu.Unlock()
	p.answer(request, 0, map[string]dbus.Variant{"session_handle": dbus.MakeVariant(string(session))})
	return request, nil
}

func (p *Portal) bind(sender dbus.Sender, session dbus.ObjectPath, wanted []shortcut, _ string, options map[string]dbus.Variant) (dbus.ObjectPath, *dbus.Error) {
	of, _ := options["handle_token"].Value().(string)
	request := handle("request", sender, of)
	p.mu.Lock()
	defer p.mu.Unlock()
	if session != p.session || len(wanted) != 1 {
		return request, dbus.MakeFailedError(dbus.ErrClosed)
	}
	p.wanted, _ = wanted[0].Properties["preferred_trigger"].Value().(string)
	if p.refuse {
		p.answer(request, 1, map[string]dbus.Variant{})
		return request, nil
	}
	p.bound = true
	given := []shortcut{{wanted[0].ID, map[string]dbus.Variant{"trigger_description": dbus.MakeVariant("Meta+Space")}}}
	p.answer(request, 0, map[string]dbus.Variant{"shortcuts": dbus.MakeVariant(given)})
	return request, nil
}

// Wanted are the keys that a program asked for.
func (p *Portal) Wanted() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.wanted
}

// Press presses the keys that were given out; false while there are none.
func (p *Portal) Press() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.bound {
		return false
	}
	return p.conn.Emit(portalPath, shortcutsName+".Activated", p.session, "open", uint64(0), map[string]dbus.Variant{}) == nil
}

// Withdraw ends the session, as a desktop may.
func (p *Portal) Withdraw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bound = false
	_ = p.conn.Emit(p.session, "org.freedesktop.portal.Session.Closed", map[string]dbus.Variant{})
}
