// Package desktop shows Kontor in a window of its own (Wails). It serves the
// page from inside the program, takes calls from it through one bound struct
// and passes events on to it. It knows no service, only the method table it is
// given; nothing else in the tree imports Wails.
//
// The window needs the build tag desktop (with production, and webkit2_41 on
// current Linux); bindings and dev are the tags with which the Wails tool
// builds. Without them the package compiles without cgo, links no Wails and
// [Window.Run] answers [ErrNotBuilt].
package desktop
