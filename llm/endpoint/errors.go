package endpoint

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"

	"kontor/llm"
)

func failed(code llm.Code, cause string) error {
	return &llm.Error{Code: code, Cause: errors.New(cause)}
}

// classify turns any failure below the server's words into an [*llm.Error].
// What callers made themselves, [*Refusal] or [*llm.Error] or their own, stays
// as it is.
func classify(outer context.Context, cause, err error) error {
	var coded *llm.Error
	var unknown *tls.CertificateVerificationError
	var authority x509.UnknownAuthorityError
	var record tls.RecordHeaderError
	var network *net.OpError
	var name *net.DNSError
	switch {
	case outer.Err() != nil:
		return &llm.Error{Code: llm.CodeCancelled, Cause: outer.Err()}
	case errors.Is(cause, errTimeout):
		return failed(llm.CodeTimedOut, errTimeout.Error())
	case errors.As(err, &coded):
		return err
	case errors.As(err, &unknown), errors.As(err, &authority):
		return failed(llm.CodeCertificate, "the certificate is not trusted")
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"),
		strings.Contains(err.Error(), "malformed HTTP"):
		return failed(llm.CodeRuntimeForeign, "the answer is of another protocol")
	case strings.Contains(err.Error(), "remote error: tls"):
		return failed(llm.CodeCertificate, "the server refused this client's certificate, or wants one")
	case errors.Is(err, errTooLarge):
		return failed(llm.CodeBadResponse, errTooLarge.Error())
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return failed(llm.CodeRuntimeCrashed, "the connection broke off")
	case errors.As(err, &name):
		return failed(llm.CodeRuntimeDown, "the name is not known")
	case errors.As(err, &network) && (network.Op == "dial" || network.Op == "proxyconnect"):
		return &llm.Error{Code: llm.CodeRuntimeDown, Cause: network.Err}
	case errors.As(err, &network):
		return &llm.Error{Code: llm.CodeRuntimeCrashed, Cause: network.Err}
	case strings.Contains(err.Error(), "stream error"), strings.Contains(err.Error(), "GOAWAY"):
		return failed(llm.CodeRuntimeCrashed, "the connection broke off")
	}
	return err
}
