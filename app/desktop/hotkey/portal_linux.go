package hotkey

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"strings"

	"github.com/godbus/dbus/v5"
)

// The names of the XDG desktop portal for global shortcuts.
const (
	portalName     = "org.freedesktop.portal.Desktop"
	portalPath     = "/org/freedesktop/portal/desktop"
	shortcutsName  = "org.freedesktop.portal.GlobalShortcuts"
	requestName    = "org.freedesktop.portal.Request"
	sessionName    = "org.freedesktop.portal.Session"
	shortcutID     = "open"
	responseGiven  = 0
	responseByUser = 1
)

// bound is a shortcut as the portal names it: (sa{sv}).
type bound struct {
	ID         string
	Properties map[string]dbus.Variant
}

func portalThere(ctx context.Context) bool {
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return false
	}
	defer func() { _ = conn.Close() }()
	return hasShortcuts(conn)
}

func hasShortcuts(conn *dbus.Conn) bool {
	_, err := conn.Object(portalName, portalPath).GetProperty(shortcutsName + ".version")
	return err == nil
}

// portal is one session with the desktop's portal.
type portal struct {
	conn    *dbus.Conn
	signals chan *dbus.Signal
	session dbus.ObjectPath
}

func holdByPortal(ctx context.Context, c Combination, reason string, held func(string), pressed func()) error {
	conn, err := dbus.ConnectSessionBus(dbus.WithContext(ctx))
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoWay, err)
	}
	defer func() { _ = conn.Close() }()
	if !hasShortcuts(conn) {
		return ErrNoWay
	}
	p := &portal{conn: conn, signals: make(chan *dbus.Signal, 16)}
	conn.Signal(p.signals)
	err = errors.Join(
		conn.AddMatchSignal(dbus.WithMatchInterface(requestName), dbus.WithMatchMember("Response")),
		conn.AddMatchSignal(dbus.WithMatchInterface(sessionName), dbus.WithMatchMember("Closed")),
		conn.AddMatchSignal(dbus.WithMatchInterface(shortcutsName), dbus.WithMatchMember("Activated")),
	)
	if err != nil {
		return fmt.Errorf("hotkey: %w", err)
	}
	chosen, err := p.bind(ctx, c, reason)
	if err != nil {
		return ended(ctx, err)
	}
	held(chosen)
	for signal := range p.signals {
		switch signal.Name {
		case shortcutsName + ".Activated":
			if len(signal.Body) >= 2 && signal.Body[0] == p.session && signal.Body[1] == shortcutID {
				pressed()
			}
		case sessionName + ".Closed":
			if signal.Path == p.session {
				return ErrRefused
			}
		}
	}
	return ended(ctx, errors.New("hotkey: the bus has ended"))
}

// ended says that what happened after the end of ctx is no failure.
func ended(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// bind begins a session and asks for the keys; it returns how the desktop names
// the ones it chose.
func (p *portal) bind(ctx context.Context, c Combination, reason string) (string, error) {
	results, err := p.ask(ctx, "CreateSession", func(options map[string]dbus.Variant) []any {
		options["session_handle_token"] = dbus.MakeVariant(token())
		return []any{options}
	})
	if err != nil {
		return "", err
	}
	// Specified as a path and sent as a text.
	switch handle := results["session_handle"].Value().(type) {
	case string:
		p.session = dbus.ObjectPath(handle)
	case dbus.ObjectPath:
		p.session = handle
	default:
		return "", errors.New("hotkey: the portal named no session")
	}
	results, err = p.ask(ctx, "BindShortcuts", func(options map[string]dbus.Variant) []any {
		wish := bound{shortcutID, map[string]dbus.Variant{"description": dbus.MakeVariant(reason), "preferred_trigger": dbus.MakeVariant(c.trigger())}}
		return []any{p.session, []bound{wish}, "", options}
	})
	if err != nil {
		return "", err
	}
	var shortcuts []bound
	if err := results["shortcuts"].Store(&shortcuts); err != nil {
		return "", fmt.Errorf("hotkey: %w", err)
	}
	for _, one := range shortcuts {
		if one.ID == shortcutID {
			chosen, _ := one.Properties["trigger_description"].Value().(string)
			return chosen, nil
		}
	}
	return "", ErrRefused
}

// ask calls a method of the portal, whose answer comes as a signal, perhaps
// after a person was asked.
func (p *portal) ask(ctx context.Context, method string, arguments func(map[string]dbus.Variant) []any) (map[string]dbus.Variant, error) {
	handle := token()
	options := map[string]dbus.Variant{"handle_token": dbus.MakeVariant(handle)}
	var request dbus.ObjectPath
	call := p.conn.Object(portalName, portalPath).CallWithContext(ctx, shortcutsName+"."+method, 0, arguments(options)...)
	if err := call.Store(&request); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrRefused, err)
	}
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case signal, open := <-p.signals:
			if !open {
				return nil, errors.New("hotkey: the bus has ended")
			}
			if signal.Name != requestName+".Response" || signal.Path != request || len(signal.Body) < 2 {
				continue
			}
			response, _ := signal.Body[0].(uint32)
			results, _ := signal.Body[1].(map[string]dbus.Variant)
			switch response {
			case responseGiven:
				return results, nil
			case responseByUser:
				return nil, ErrRefused
			}
			return nil, fmt.Errorf("%w: response %d", ErrRefused, response)
		}
	}
}

// token is a name for a request or session that nobody else uses.
func token() string { return "kontor_" + rand.Text() }

// trigger writes the keys as the shortcuts specification does.
func (c Combination) trigger() string {
	var parts []string
	for _, one := range []struct {
		is   bool
		name string
	}{{c.Ctrl, "CTRL"}, {c.Alt, "ALT"}, {c.Shift, "SHIFT"}, {c.Super, "LOGO"}} {
		if one.is {
			parts = append(parts, one.name)
		}
	}
	key := c.Key
	if _, is := functionKey(key); is {
		key = strings.ToUpper(key)
	}
	return strings.Join(append(parts, key), "+")
}
