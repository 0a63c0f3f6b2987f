package app

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"kontor/llm"
)

// DialFunc opens a network connection; every client in Kontor is built with one.
type DialFunc = func(ctx context.Context, network, address string) (net.Conn, error)

// egressLedger records connections beyond this computer.
type egressLedger interface {
	record(host string, port int, allowed bool, purpose string)
}

// Egress is the only way out of the program. Loopback is always open; any
// other address only if allow says so. Every attempt beyond this computer,
// allowed or refused, goes into the ledger before a packet leaves.
type Egress struct {
	ledger egressLedger
	allow  func(host string, port int) bool
	dialer net.Dialer
}

// NewEgress returns the guard. allow is asked at each connection.
func NewEgress(ledger egressLedger, allow func(host string, port int) bool) *Egress {
	return &Egress{ledger: ledger, allow: allow, dialer: net.Dialer{Timeout: 10 * time.Second, KeepAlive: 30 * time.Second}}
}

// Dial returns the guarded dialer for one purpose; the purpose is for the ledger.
func (e *Egress) Dial(purpose string) DialFunc {
	return func(ctx context.Context, network, address string) (net.Conn, error) {
		host, portText, err := net.SplitHostPort(address)
		if err != nil {
			return nil, fmt.Errorf("egress: %w", err)
		}
		port, err := strconv.Atoi(portText)
		if err != nil {
			return nil, fmt.Errorf("egress: port: %w", err)
		}
		if loopback, ok := loopbackAddress(host); ok {
			return e.dialer.DialContext(ctx, network, net.JoinHostPort(loopback, portText))
		}
		allowed := e.allow != nil && e.allow(host, port)
		e.ledger.record(host, port, allowed, purpose)
		if !allowed {
			return nil, &llm.Error{Code: llm.CodeDenied, Cause: errors.New("connection beyond this computer refused")}
		}
		return e.dialer.DialContext(ctx, network, address)
	}
}

// loopbackAddress recognises this computer without asking a name server.
func loopbackAddress(host string) (string, bool) {
	if host == "localhost" {
		return "127.0.0.1", true
	}
	address, err := netip.ParseAddr(host)
	return host, err == nil && address.Unmap().IsLoopback()
}
