package app

import (
	"context"
	"net"
	"testing"

	"kontor/llm"
)

type ledgerEntries []string

func (l *ledgerEntries) record(host string, _ int, allowed bool, _ string) {
	verdict := "refused "
	if allowed {
		verdict = "allowed "
	}
	*l = append(*l, verdict+host)
}

func TestEgress(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	var ledger ledgerEntries
	guard := NewEgress(&ledger, nil)
	for _, host := range []string{"127.0.0.1", "localhost"} {
		conn, err := guard.Dial("test")(t.Context(), "tcp", net.JoinHostPort(host, port))
		if err != nil {
			t.Fatalf("%s: %v", host, err)
		}
		conn.Close()
	}
	if len(ledger) != 0 {
		t.Errorf("loopback stands in the ledger: %v", ledger)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel() // whatever is let through ends before a packet is sent
	for _, host := range []string{"192.0.2.1", "models.example", "localhost.example", "127.0.0.1.example", "::ffff:192.0.2.1", "0.0.0.0"} {
		if _, err := guard.Dial("test")(ctx, "tcp", net.JoinHostPort(host, "443")); llm.CodeOf(err) != llm.CodeDenied {
			t.Errorf("%s: %v, want a refusal", host, err)
		}
	}
	if len(ledger) != 6 {
		t.Errorf("ledger %v, want 6 refusals", ledger)
	}
	open := NewEgress(&ledger, func(host string, port int) bool { return host == "192.0.2.1" && port == 443 })
	if _, err := open.Dial("test")(ctx, "tcp", "192.0.2.1:443"); err == nil || llm.CodeOf(err) == llm.CodeDenied {
		t.Errorf("an allowed host: %v, want the dialer's own error", err)
	}
	if last := ledger[len(ledger)-1]; last != "allowed 192.0.2.1" {
		t.Errorf("ledger ends with %q", last)
	}
}
