package tray

import (
	"slices"
	"sync"

	"github.com/godbus/dbus/v5"
	"github.com/godbus/dbus/v5/introspect"
	"github.com/godbus/dbus/v5/prop"
)

const (
	menuPath = "/StatusNotifierItem/Menu"
	menuName = "com.canonical.dbusmenu"
)

// node is an entry as the bus carries it: a(ia{sv}av).
type node struct {
	ID         int32
	Properties map[string]dbus.Variant
	Children   []dbus.Variant
}

// itemProperties are the properties of one entry: (ia{sv}).
type itemProperties struct {
	ID         int32
	Properties map[string]dbus.Variant
}

// itemEvent is what happened to one entry: (isvu).
type itemEvent struct {
	ID   int32
	Name string
	Data dbus.Variant
	Time uint32
}

// menu answers those who show it. Entry n has the id n+1; 0 is the menu itself.
type menu struct {
	conn *dbus.Conn

	mu       sync.Mutex
	entries  []Entry
	revision uint32
}

// become shows other entries, and tells those who show the old ones.
func (m *menu) become(entries []Entry) {
	m.mu.Lock()
	m.entries = slices.Clone(entries)
	m.revision++
	revision := m.revision
	m.mu.Unlock()
	_ = m.conn.Emit(menuPath, menuName+".LayoutUpdated", revision, int32(0)) // a bus that has ended has nobody who shows
}

func (m *menu) export() error {
	fixed := func(value any) *prop.Prop { return &prop.Prop{Value: value, Emit: prop.EmitConst} }
	if _, err := prop.Export(m.conn, menuPath, prop.Map{menuName: {
		"Version": fixed(uint32(3)), "TextDirection": fixed("ltr"), "Status": fixed("normal"), "IconThemePath": fixed([]string{}),
	}}); err != nil {
		return err
	}
	methods := map[string]any{
		"GetLayout": m.layout, "GetGroupProperties": m.groupProperties, "GetProperty": m.property,
		"Event": m.event, "EventGroup": m.eventGroup,
		// Nothing changes because somebody looks.
		"AboutToShow":      func(int32) (bool, *dbus.Error) { return false, nil },
		"AboutToShowGroup": func([]int32) ([]int32, []int32, *dbus.Error) { return []int32{}, []int32{}, nil },
	}
	if err := m.conn.ExportMethodTable(methods, menuPath, menuName); err != nil {
		return err
	}
	in := func(name, kind string) introspect.Arg { return introspect.Arg{Name: name, Type: kind, Direction: "in"} }
	out := func(name, kind string) introspect.Arg {
		return introspect.Arg{Name: name, Type: kind, Direction: "out"}
	}
	return describe(m.conn, menuPath, introspect.Interface{Name: menuName, Methods: []introspect.Method{
		{Name: "GetLayout", Args: []introspect.Arg{in("parentId", "i"), in("recursionDepth", "i"), in("propertyNames", "as"),
			out("revision", "u"), out("layout", "(ia{sv}av)")}},
		{Name: "GetGroupProperties", Args: []introspect.Arg{in("ids", "ai"), in("propertyNames", "as"), out("properties", "a(ia{sv})")}},
		{Name: "GetProperty", Args: []introspect.Arg{in("id", "i"), in("name", "s"), out("value", "v")}},
		{Name: "Event", Args: []introspect.Arg{in("id", "i"), in("eventId", "s"), in("data", "v"), in("timestamp", "u")}},
		{Name: "EventGroup", Args: []introspect.Arg{in("events", "a(isvu)"), out("idErrors", "ai")}},
		{Name: "AboutToShow", Args: []introspect.Arg{in("id", "i"), out("needUpdate", "b")}},
		{Name: "AboutToShowGroup", Args: []introspect.Arg{in("ids", "ai"), out("updatesNeeded", "ai"), out("idErrors", "ai")}},
	}, Signals: []introspect.Signal{{Name: "LayoutUpdated", Args: []introspect.Arg{{Name: "revision", Type: "u"}, {Name: "parent", Type: "i"}}}}})
}

func unknown(id int32) *dbus.Error {
	return dbus.NewError("com.canonical.dbusmenu.Error", []any{"no entry", id})
}

// properties of an entry; nil if there is none of this id.
func (m *menu) properties(id int32) map[string]dbus.Variant {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch {
	case id == 0:
		return map[string]dbus.Variant{"children-display": dbus.MakeVariant("submenu")}
	case id < 0 || int(id) > len(m.entries):
		return nil
	}
	label := m.entries[id-1].Label
	if label == "" {
		return map[string]dbus.Variant{"type": dbus.MakeVariant("separator")}
	}
	return map[string]dbus.Variant{"label": dbus.MakeVariant(label), "enabled": dbus.MakeVariant(true), "visible": dbus.MakeVariant(true)}
}

func (m *menu) layout(parent, depth int32, _ []string) (uint32, node, *dbus.Error) {
	m.mu.Lock()
	revision, count := m.revision, len(m.entries)
	m.mu.Unlock()
	root := node{ID: parent, Properties: m.properties(parent), Children: []dbus.Variant{}}
	if root.Properties == nil {
		return 0, node{}, unknown(parent)
	}
	if parent == 0 && depth != 0 {
		for id := int32(1); int(id) <= count; id++ {
			if properties := m.properties(id); properties != nil {
				root.Children = append(root.Children, dbus.MakeVariant(node{ID: id, Properties: properties, Children: []dbus.Variant{}}))
			}
		}
	}
	return revision, root, nil
}

func (m *menu) groupProperties(ids []int32, _ []string) ([]itemProperties, *dbus.Error) {
	found := []itemProperties{}
	for _, id := range ids {
		if properties := m.properties(id); properties != nil {
			found = append(found, itemProperties{id, properties})
		}
	}
	return found, nil
}

func (m *menu) property(id int32, name string) (dbus.Variant, *dbus.Error) {
	value, known := m.properties(id)[name]
	if !known {
		return dbus.Variant{}, unknown(id)
	}
	return value, nil
}

func (m *menu) event(id int32, name string, _ dbus.Variant, _ uint32) *dbus.Error {
	m.mu.Lock()
	var chosen func()
	if id > 0 && int(id) <= len(m.entries) {
		chosen = m.entries[id-1].Chosen
	}
	m.mu.Unlock()
	if name == "clicked" && chosen != nil {
		go chosen()
	}
	return nil
}

func (m *menu) eventGroup(events []itemEvent) ([]int32, *dbus.Error) {
	for _, e := range events {
		_ = m.event(e.ID, e.Name, e.Data, e.Time)
	}
	return []int32{}, nil
}
