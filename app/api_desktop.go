package app

// Desktop is what the desktop around the window offers beside it; all empty
// where there is no window.
type Desktop struct {
	// Window is true for the page in a window.
	Window bool `json:"window"`
	// Tray is true where the system shows the icons of programs that run without a window.
	Tray bool `json:"tray"`
	// Hotkeys is true where the system lets keys call a program from anywhere;
	// the window looks when somebody asks.
	Hotkeys bool `json:"hotkeys"`
	// Held is true while the wanted keys call the window; Chosen is how the
	// desktop names them where it chose others, else "".
	Held   bool   `json:"held"`
	Chosen string `json:"chosen"`
	// Problem says why the wanted keys do not call the window.
	Problem *Problem `json:"problem,omitempty"`
}

// Summoned says that somebody called the window from outside: what they want
// is to write.
type Summoned struct {
	NewChat bool `json:"newChat"`
}
