// Package desktoptest is a desktop for tests: a session bus and a display of
// their own, the part of a panel that keeps icons, and the portal that gives
// out keys. Only tests import it.
package desktoptest
