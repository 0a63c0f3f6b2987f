// Package tray shows the program's icon, with a menu, where a system keeps the
// icons of programs that run without a window. It knows no window and no
// texts: what the entries say and do comes from outside.
//
//   - Linux: StatusNotifierItem and com.canonical.dbusmenu over the session
//     bus, which KDE, Xfce, Cinnamon, MATE, and GNOME with its AppIndicator
//     extension show. Written here over the bus library itself: the library
//     below can neither take its icon away and show it again in one run nor
//     say whether anybody shows it, and ends a connection that others share.
//   - Windows: the notification area, by fyne.io/systray.
//   - macOS: nothing. A status item must be made on the thread on which the
//     window's library runs, and that one gives no way to get there.
package tray

// Entry is one line of the menu; without a label it is a separator.
type Entry struct {
	Label string
	// Chosen is called, on a goroutine of its own, when a person takes it.
	Chosen func()
}

// Look is what the tray shows.
type Look struct {
	// Title is the program's name, shown beside the icon or when it is pointed at.
	Title   string
	Entries []Entry
	// Opened is called, on a goroutine of its own, when the icon itself is pressed.
	Opened func()
}
