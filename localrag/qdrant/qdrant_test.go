package qdrant_test

import (
	"net"
	"net/http/httptest"
	"net/url"
	"testing"

	"kontor/localrag"
	"kontor/localrag/qdrant"
	"kontor/localrag/qdrant/qdranttest"
	"kontor/localrag/ragtest"
	"kontor/localrag/remote"
)

func open(t *testing.T, key string) remote.Options {
	t.Helper()
	listening := httptest.NewServer(qdranttest.New(key))
	t.Cleanup(listening.Close)
	address, err := url.Parse(listening.URL)
	if err != nil {
		t.Fatal(err)
	}
	return remote.Options{Address: address, Password: key, Collection: "kontor_test", DialContext: (&net.Dialer{}).DialContext}
}

func TestVectorIndex(t *testing.T) {
	ragtest.TestVectorIndex(t, 1, func(t *testing.T) localrag.VectorIndex {
		index, err := remote.Open(t.Context(), qdrant.New(open(t, "a key")), ragtest.Dimension)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = index.Close() })
		return index
	})
}

func TestStoreIsFoundAgain(t *testing.T) {
	options := open(t, "")
	ragtest.TestRemote(t, func() remote.Store { return qdrant.New(options) })
}

func TestWrongKeyIsAnError(t *testing.T) {
	options := open(t, "a key")
	options.Password = "another"
	if _, err := remote.Open(t.Context(), qdrant.New(options), ragtest.Dimension); err == nil {
		t.Error("opened with a wrong key")
	}
}
