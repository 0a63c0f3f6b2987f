package localrag

import "errors"

// Code classifies why a document could not be read. app turns it into words.
type Code string

// Codes of reading documents.
const (
	CodePassword      Code = "password"          // encrypted, needs a password
	CodeNoTextLayer   Code = "no_text_layer"     // only pictures of text
	CodeNoTextFound   Code = "no_text_found"     // pictures in which text recognition found none
	CodeEmpty         Code = "empty"             // no text at all
	CodeCorrupt       Code = "corrupt"           // damaged beyond reading
	CodeTooLarge      Code = "too_large"         // over a limit of size, count or ratio
	CodeUnsupported   Code = "unsupported"       // no parser for this format
	CodeOfficeMissing Code = "office_missing"    // an old format of Office, and no LibreOffice to convert it
	CodeConversion    Code = "conversion_failed" // LibreOffice could not convert it
	CodeTimeout       Code = "timeout"           // took longer than the limit
	CodeMemory        Code = "memory"            // needed more memory than the limit
	CodeUnreadable    Code = "unreadable"        // the file could not be opened
	CodeCrashed       Code = "parser_crashed"
	CodeCancelled     Code = "parse_cancelled"
)

// Codes lists every code, for the test that finds an unmapped one.
func Codes() []Code {
	return []Code{
		CodePassword, CodeNoTextLayer, CodeNoTextFound, CodeEmpty, CodeCorrupt, CodeTooLarge, CodeUnsupported,
		CodeOfficeMissing, CodeConversion,
		CodeTimeout, CodeMemory, CodeUnreadable, CodeCrashed, CodeCancelled,
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
		return "document: " + string(e.Code)
	}
	return "document: " + string(e.Code) + ": " + e.Cause.Error()
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
