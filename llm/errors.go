package llm

import (
	"errors"
	"fmt"
)

// Code classifies a failure of a provider. app turns it into words.
type Code string

// Codes of this package and the ones below it.
const (
	CodeRuntimeMissing  Code = "runtime_missing"   // no server binary was found
	CodeRuntimeDown     Code = "runtime_down"      // the server does not answer
	CodeRuntimeCrashed  Code = "runtime_crashed"   // it died in the middle of a request
	CodeRuntimeForeign  Code = "runtime_foreign"   // something else answers on that address
	CodeModelMissing    Code = "model_missing"     // the model is not installed
	CodeModelLoadFailed Code = "model_load_failed" // the server could not load it
	CodeOutOfMemory     Code = "out_of_memory"     // the model does not fit into memory
	CodePromptTooLong   Code = "prompt_too_long"   // the prompt exceeds the window
	CodeInputTooLong    Code = "input_too_long"    // a text to embed exceeds the model
	CodeBadResponse     Code = "bad_response"      // the answer could not be read
	CodeCancelled       Code = "cancelled"         // the caller stopped
	CodeDenied          Code = "denied"            // policy forbids the connection
	CodePackBroken      Code = "pack_broken"       // a model file has another hash than its manifest
	CodeKeyRefused      Code = "key_refused"       // the server wants another key
	CodeServerBusy      Code = "server_busy"       // too many requests, or the server is overloaded
	CodeQuotaUsedUp     Code = "quota_used_up"     // the account has no credit left
	CodeModelCannot     Code = "model_cannot"      // the model takes no images or knows no tools
	CodeTimedOut        Code = "timed_out"         // nothing came for too long
	CodeCertificate     Code = "certificate"       // the server's certificate is not trusted
	CodeAnswerFiltered  Code = "answer_filtered"   // the server held the answer back
	CodeRegistryDown    Code = "registry_down"     // the registry does not answer
	CodeRegistryUnknown Code = "registry_unknown"  // it has no such model
	CodeRegistryAnswer  Code = "registry_answer"   // its answer is not the protocol's
	CodeRegistryLogin   Code = "registry_login"    // it wants a login, or another one
	CodeProxyLogin      Code = "proxy_login"       // the proxy wants a login, or another one
	CodeProxyRefused    Code = "proxy_refused"     // the proxy does not connect to it
	CodeDigestWrong     Code = "digest_wrong"      // what was fetched has another digest
	CodeNoRoom          Code = "disk_too_small"    // the disk has too little room
	CodeNotWritten      Code = "not_written"       // the disk took no more
	CodeHeaderBroken    Code = "header_broken"     // a model file whose header is wrong
	CodePackUnsigned    Code = "pack_unsigned"     // nobody signed it
	CodePackUntrusted   Code = "pack_untrusted"    // signed with a key that is not trusted
	CodePackTampered    Code = "pack_tampered"     // its content or signature is not what it was
	CodePackCut         Code = "pack_cut"          // it ends too early or a file is missing
	CodePackOlder       Code = "pack_older"        // a newer version is installed
	// CodeRegistryCertificate means that the registry's certificate is not trusted.
	CodeRegistryCertificate Code = "registry_certificate"
	CodePackNeedsNewer      Code = "pack_needs_newer" // it needs a newer Kontor or runtime
)

// Codes lists every code, for the test that finds an unmapped one.
func Codes() []Code {
	return []Code{
		CodeRuntimeMissing, CodeRuntimeDown, CodeRuntimeCrashed, CodeRuntimeForeign, CodeModelMissing,
		CodeModelLoadFailed, CodeOutOfMemory, CodePromptTooLong, CodeInputTooLong, CodeBadResponse,
		CodeCancelled, CodeDenied, CodePackBroken, CodeKeyRefused, CodeServerBusy, CodeQuotaUsedUp, CodeModelCannot,
		CodeTimedOut, CodeCertificate, CodeAnswerFiltered, CodeRegistryDown, CodeRegistryUnknown, CodeRegistryAnswer, CodeDigestWrong,
		CodeNoRoom, CodeNotWritten, CodeHeaderBroken, CodePackUnsigned, CodePackUntrusted, CodePackTampered, CodePackCut,
		CodePackOlder, CodePackNeedsNewer, CodeRegistryLogin, CodeProxyLogin, CodeProxyRefused, CodeRegistryCertificate,
	}
}

// Error carries a code for people and a cause for the log.
type Error struct {
	Code  Code
	Cause error
}

// Error implements error; the text is for logs.
func (e *Error) Error() string {
	if e.Cause == nil {
		return "llm: " + string(e.Code)
	}
	return "llm: " + string(e.Code) + ": " + e.Cause.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// CodeOf returns the code of err, or an empty code if it has none.
func CodeOf(err error) Code {
	var coded *Error
	if errors.As(err, &coded) {
		return coded.Code
	}
	return ""
}

// RoomError says how much room is missing, in bytes. It is the cause of every
// [CodeNoRoom].
type RoomError struct{ Need, Free int64 }

func (e *RoomError) Error() string { return fmt.Sprintf("%d bytes needed, %d free", e.Need, e.Free) }

// NoRoom is the error of a disk with too little room.
func NoRoom(need, free int64) error {
	return &Error{Code: CodeNoRoom, Cause: &RoomError{max(need, 0), max(free, 0)}}
}
