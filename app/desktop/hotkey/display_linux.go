package hotkey

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/jezek/xgb"
	"github.com/jezek/xgb/xproto"
)

// Numbers of keys in the X protocol; letters and digits have those of Latin-1.
const (
	symbolSpace = xproto.Keysym(0x20)
	symbolF1    = xproto.Keysym(0xffbe)
)

// What X calls Alt, the Windows key and the lock of the number pad, on all
// usual keyboards.
const (
	maskAlt     = xproto.ModMask1
	maskSuper   = xproto.ModMask4
	maskNumbers = xproto.ModMask2
)

// grab is a hold on one key of an X display.
type grab struct {
	conn      *xgb.Conn
	root      xproto.Window
	symbol    xproto.Keysym
	modifiers uint16
	code      xproto.Keycode
}

func holdByDisplay(ctx context.Context, c Combination, held func(string), pressed func()) error {
	xgb.Logger.SetOutput(io.Discard) // it names files of the person's home; what matters comes as an error
	conn, err := xgb.NewConn()
	if err != nil {
		return fmt.Errorf("%w: %w", ErrNoWay, err)
	}
	ended := context.AfterFunc(ctx, conn.Close)
	defer func() {
		if ended() {
			conn.Close()
		}
	}()
	g := &grab{conn: conn, root: xproto.Setup(conn).DefaultScreen(conn).Root, symbol: c.symbol(), modifiers: c.mask()}
	if err := g.take(); err != nil {
		return err
	}
	held("")
	// A key that is held down is reported as released and pressed at the same
	// moment, again and again.
	var released xproto.Timestamp
	for {
		event, failure := conn.WaitForEvent()
		if ctx.Err() != nil {
			return nil
		}
		if event == nil && failure == nil {
			return errors.New("hotkey: the display has ended")
		}
		switch e := event.(type) {
		case xproto.KeyPressEvent:
			if e.Time != released {
				pressed()
			}
		case xproto.KeyReleaseEvent:
			released = e.Time
		case xproto.MappingNotifyEvent:
			if e.Request != xproto.MappingKeyboard {
				continue
			}
			g.release()
			if err := g.take(); err != nil {
				return err
			}
		}
	}
}

func (c Combination) symbol() xproto.Keysym {
	if number, is := functionKey(c.Key); is {
		return symbolF1 + xproto.Keysym(number-1)
	}
	if c.Key == "space" {
		return symbolSpace
	}
	return xproto.Keysym(c.Key[0])
}

func (c Combination) mask() uint16 {
	var mask uint16
	for _, one := range []struct {
		is   bool
		mask int
	}{{c.Ctrl, xproto.ModMaskControl}, {c.Alt, maskAlt}, {c.Shift, xproto.ModMaskShift}, {c.Super, maskSuper}} {
		if one.is {
			mask |= uint16(one.mask)
		}
	}
	return mask
}

// take grabs the key on the whole display, whatever locks are on.
func (g *grab) take() error {
	code, err := keycode(g.conn, g.symbol)
	if err != nil {
		return err
	}
	g.code = code
	for _, lock := range locks() {
		err := xproto.GrabKeyChecked(g.conn, false, g.root, g.modifiers|lock, code, xproto.GrabModeAsync, xproto.GrabModeAsync).Check()
		if errors.As(err, new(xproto.AccessError)) {
			g.release()
			return fmt.Errorf("%w: %w", ErrTaken, err)
		}
		if err != nil {
			g.release()
			return fmt.Errorf("hotkey: %w", err)
		}
	}
	return nil
}

func (g *grab) release() {
	for _, lock := range locks() {
		_ = xproto.UngrabKeyChecked(g.conn, g.code, g.root, g.modifiers|lock).Check()
	}
}

// locks are the states of the locks in which a key counts.
func locks() []uint16 {
	return []uint16{0, xproto.ModMaskLock, maskNumbers, xproto.ModMaskLock | maskNumbers}
}

// keycode finds the key that has a symbol without anything held down.
func keycode(conn *xgb.Conn, symbol xproto.Keysym) (xproto.Keycode, error) {
	setup := xproto.Setup(conn)
	count := byte(setup.MaxKeycode - setup.MinKeycode + 1)
	mapping, err := xproto.GetKeyboardMapping(conn, setup.MinKeycode, count).Reply()
	if err != nil {
		return 0, fmt.Errorf("hotkey: %w", err)
	}
	width := int(mapping.KeysymsPerKeycode)
	for i := 0; width > 0 && (i+1)*width <= len(mapping.Keysyms); i++ {
		if slices.Index(mapping.Keysyms[i*width:(i+1)*width], symbol) == 0 {
			return setup.MinKeycode + xproto.Keycode(i), nil
		}
	}
	return 0, ErrNoKey
}
