package endpoint

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"

	"kontor/llm"
)

// payload is what a request carries; without a kind it carries nothing.
type payload struct {
	kind string // its content type
	raw  []byte
}

func jsonPayload(in any) (payload, error) {
	raw, err := json.Marshal(in)
	if err != nil {
		return payload{}, failed(llm.CodeBadResponse, "the request cannot be written as JSON")
	}
	return payload{"application/json", raw}, nil
}

// Field is one part of a form.
type Field struct {
	Name  string
	Value []byte
	// File and Type make it a file: its name and its content type.
	File, Type string
}

// PostForm sends a form as multipart/form-data and reads JSON.
func (e *Endpoint) PostForm(ctx context.Context, path string, fields []Field, out any) error {
	var form bytes.Buffer
	writer := multipart.NewWriter(&form)
	for _, f := range fields {
		header := textproto.MIMEHeader{}
		header.Set("Content-Disposition", multipart.FileContentDisposition(f.Name, f.File))
		if f.File == "" {
			header.Set("Content-Disposition", `form-data; name="`+f.Name+`"`)
		} else {
			header.Set("Content-Type", f.Type)
		}
		part, err := writer.CreatePart(header)
		if err == nil {
			_, err = part.Write(f.Value)
		}
		if err != nil {
			return failed(llm.CodeBadResponse, "the request cannot be written as a form")
		}
	}
	if err := writer.Close(); err != nil {
		return failed(llm.CodeBadResponse, "the request cannot be written as a form")
	}
	sent := payload{writer.FormDataContentType(), form.Bytes()}
	return e.exchange(ctx, http.MethodPost, path, sent, func(body io.Reader, _ string) error { return decode(body, out) })
}
