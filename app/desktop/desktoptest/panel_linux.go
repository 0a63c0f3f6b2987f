package desktoptest

import (
	"slices"
	"sync"
	"testing"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/prop"
)

const (
	watcherName = "org.kde.StatusNotifierWatcher"
	itemName    = "org.kde.StatusNotifierItem"
	menuName    = "com.canonical.dbusmenu"
)

// Panel keeps and shows the icons of programs, as a desktop's panel does.
type Panel struct {
	t    testing.TB
	conn *dbus.Conn

	mu       sync.Mutex
	asked    []string // items that registered, also those that have gone
	newMenus int
}

// StartPanel puts a panel on the bus.
func StartPanel(t testing.TB) *Panel {
	t.Helper()
	p := &Panel{t: t, conn: connect(t)}
	properties := prop.Map{watcherName: {"IsStatusNotifierHostRegistered": {Value: true}, "ProtocolVersion": {Value: int32(0)}}}
	_, err := prop.Export(p.conn, "/StatusNotifierWatcher", properties)
	must(t, err, p.conn.ExportMethodTable(map[string]any{"RegisterStatusNotifierItem": p.register}, "/StatusNotifierWatcher", watcherName),
		p.conn.AddMatchSignal(dbus.WithMatchInterface(menuName), dbus.WithMatchMember("LayoutUpdated")))
	signals := make(chan *dbus.Signal, 64)
	p.conn.Signal(signals)
	go func() {
		for range signals {
			p.mu.Lock()
			p.newMenus++
			p.mu.Unlock()
		}
	}()
	reply, err := p.conn.RequestName(watcherName, dbus.NameFlagDoNotQueue)
	if must(t, err); reply != dbus.RequestNameReplyPrimaryOwner {
		t.Fatal("another panel is there")
	}
	return p
}

func (p *Panel) register(name string) *dbus.Error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asked = append(p.asked, name)
	return nil
}

// Stop takes the panel away.
func (p *Panel) Stop() { _ = p.conn.Close() }

// Item is the icon that is shown, "" without one.
func (p *Panel) Item() string {
	p.mu.Lock()
	asked := slices.Clone(p.asked)
	p.mu.Unlock()
	for _, name := range slices.Backward(asked) {
		var owned bool
		if p.conn.BusObject().Call("org.freedesktop.DBus.NameHasOwner", 0, name).Store(&owned) == nil && owned {
			return name
		}
	}
	return ""
}

// NewMenus counts how often an icon said that its menu has changed.
func (p *Panel) NewMenus() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.newMenus
}

// Property of the icon.
func (p *Panel) Property(name string) any {
	value, err := p.conn.Object(p.Item(), "/StatusNotifierItem").GetProperty(itemName + "." + name)
	if err != nil {
		p.t.Errorf("property %s: %v", name, err)
	}
	return value.Value()
}

// Press presses the icon itself.
func (p *Panel) Press() {
	if err := p.conn.Object(p.Item(), "/StatusNotifierItem").Call(itemName+".Activate", 0, int32(1), int32(1)).Err; err != nil {
		p.t.Errorf("press the icon: %v", err)
	}
}

// menu is where the icon's menu is.
func (p *Panel) menu() dbus.BusObject {
	path, _ := p.Property("Menu").(dbus.ObjectPath)
	return p.conn.Object(p.Item(), path)
}

// entry is one of a menu as it comes over the bus.
type entry struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

func (p *Panel) entries() []entry {
	var revision uint32
	var root entry
	if err := p.menu().Call(menuName+".GetLayout", 0, int32(0), int32(-1), []string{}).Store(&revision, &root); err != nil {
		p.t.Errorf("read the menu: %v", err)
	}
	var list []entry
	for _, child := range root.Children {
		var one entry
		if err := dbus.Store([]any{child.Value()}, &one); err != nil {
			p.t.Errorf("read an entry: %v", err)
		}
		list = append(list, one)
	}
	return list
}

// Menu lists the labels of the icon's menu; "-" is a separator.
func (p *Panel) Menu() []string {
	var labels []string
	for _, one := range p.entries() {
		label, _ := one.Properties["label"].Value().(string)
		if kind, _ := one.Properties["type"].Value().(string); kind == "separator" {
			label = "-"
		}
		labels = append(labels, label)
	}
	return labels
}

// Choose clicks an entry of the menu.
func (p *Panel) Choose(label string) {
	for _, one := range p.entries() {
		if one.Properties["label"].Value() == label {
			if err := p.menu().Call(menuName+".Event", 0, one.ID, "clicked", dbus.MakeVariant(""), uint32(0)).Err; err != nil {
				p.t.Errorf("choose %s: %v", label, err)
			}
			return
		}
	}
	p.t.Errorf("no entry %q in %v", label, p.Menu())
}
