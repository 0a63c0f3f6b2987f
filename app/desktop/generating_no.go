//go:build (desktop || dev) && !bindings

package desktop

// generating says that the Wails tool runs this program to read its bindings.
const generating = false
