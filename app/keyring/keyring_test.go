package keyring_test

import (
	"errors"
	"testing"

	gokeyring "github.com/zalando/go-keyring"

	"kontor/app/keyring"
)

func TestSystem(t *testing.T) {
	gokeyring.MockInit() // this process's own store: tests leave the person's alone
	store := keyring.System{}
	if secret, err := store.Get("a"); secret != "" || err != nil {
		t.Errorf("before: %q, %v", secret, err)
	}
	if err := store.Set("a", "one"); err != nil {
		t.Fatal(err)
	}
	if secret, err := store.Get("a"); secret != "one" || err != nil {
		t.Errorf("kept: %q, %v", secret, err)
	}
	for range 2 {
		if err := store.Delete("a"); err != nil {
			t.Error(err)
		}
	}
	broken := errors.New("locked")
	gokeyring.MockInitWithError(broken)
	if err := store.Set("a", "one"); !errors.Is(err, broken) {
		t.Errorf("no store: %v", err)
	}
}
