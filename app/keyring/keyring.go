// Package keyring keeps secrets in the system's own store: Credential Manager,
// Keychain, or the Secret Service of a Linux desktop. It knows nothing of what
// the secrets are for.
package keyring

import (
	"errors"
	"fmt"
	"path/filepath"
	"runtime"
	"time"

	"github.com/zalando/go-keyring"
)

// service names Kontor's entries.
const service = "Kontor"

// patience is how long the system's store may take: one that is locked asks
// its person in a window of its own.
const patience = 20 * time.Second

// System is the system's store. The zero value is ready.
type System struct{}

// Get returns a secret, "" if there is none of this name.
func (System) Get(name string) (string, error) {
	var secret string
	err := within(func() (err error) {
		secret, err = keyring.Get(service, name)
		return err
	})
	if errors.Is(err, keyring.ErrNotFound) {
		return "", nil
	}
	return secret, err
}

// Set keeps a secret; an error means that the system has no store.
func (System) Set(name, secret string) error {
	return within(func() error { return keyring.Set(service, name, secret) })
}

// Delete forgets a secret; there being none is fine.
func (System) Delete(name string) error {
	err := within(func() error { return keyring.Delete(service, name) })
	if errors.Is(err, keyring.ErrNotFound) {
		return nil
	}
	return err
}

// within gives up waiting for a store that does not answer.
func within(work func() error) error {
	done := make(chan error, 1)
	go func() { done <- work() }()
	select {
	case err := <-done:
		return err
	case <-time.After(patience):
		return fmt.Errorf("keyring: no answer within %v", patience)
	}
}

// Available says whether this system may have a store. On Linux one is reached
// over the session's bus; where there is none, looking for it would start one.
func Available(env func(string) string, exists func(string) bool) bool {
	if runtime.GOOS == "windows" || runtime.GOOS == "darwin" {
		return true
	}
	if env("DBUS_SESSION_BUS_ADDRESS") != "" {
		return true
	}
	folder := env("XDG_RUNTIME_DIR")
	return folder != "" && exists(filepath.Join(folder, "bus"))
}
