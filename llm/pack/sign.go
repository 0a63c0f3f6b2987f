package pack

import (
	"crypto/ed25519"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"os"
	"slices"
	"strings"

	"kontor/llm"
)

// domain keeps a signature from meaning anything else.
const domain = "kontor model pack manifest, form 1\n"

const signatureBytes = ed25519.PublicKeySize + ed25519.SignatureSize

// Key is a public key in the form in which policies and people name it.
type Key string

func keyOf(public ed25519.PublicKey) Key { return Key(base64.StdEncoding.EncodeToString(public)) }

// ParseKeys reads public keys, separated by commas or blanks. ok is false if
// one of them is none.
func ParseKeys(text string) (keys []Key, ok bool) {
	for _, field := range strings.FieldsFunc(text, func(r rune) bool { return r == ',' || r == ' ' }) {
		raw, err := base64.StdEncoding.Strict().DecodeString(field)
		if err != nil || len(raw) != ed25519.PublicKeySize {
			return nil, false
		}
		keys = append(keys, Key(field))
	}
	return keys, true
}

// NewKey makes a pair of keys and writes the private one to a new file that
// only its owner can read.
func NewKey(path string) (Key, error) {
	public, private, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		return "", err
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", err
	}
	file, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return "", &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	err = pem.Encode(file, &pem.Block{Type: "PRIVATE KEY", Bytes: der})
	if err = errors.Join(err, file.Close()); err != nil {
		return "", &llm.Error{Code: llm.CodeNotWritten, Cause: err}
	}
	return keyOf(public), nil
}

// ReadKey reads a private key that [NewKey] wrote.
func ReadKey(path string) (ed25519.PrivateKey, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, broken(llm.CodePackBroken, "key: %w", err)
	}
	block, _ := pem.Decode(raw)
	if block == nil {
		return nil, broken(llm.CodePackBroken, "the file holds no private key")
	}
	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, broken(llm.CodePackBroken, "key: %w", err)
	}
	private, ok := parsed.(ed25519.PrivateKey)
	if !ok {
		return nil, broken(llm.CodePackBroken, "the key is not an Ed25519 key")
	}
	return private, nil
}

func sign(private ed25519.PrivateKey, manifest []byte) []byte {
	public, _ := private.Public().(ed25519.PublicKey)
	return append(slices.Clone(public), ed25519.Sign(private, append([]byte(domain), manifest...))...)
}

// checkSignature returns the key that signed, "" for no signature.
func checkSignature(block, manifest []byte) (Key, error) {
	if len(block) == 0 {
		return "", nil
	}
	if len(block) != signatureBytes {
		return "", broken(llm.CodePackTampered, "signature of %d bytes", len(block))
	}
	public := ed25519.PublicKey(block[:ed25519.PublicKeySize])
	if !ed25519.Verify(public, append([]byte(domain), manifest...), block[ed25519.PublicKeySize:]) {
		return "", broken(llm.CodePackTampered, "the signature does not fit the manifest")
	}
	return keyOf(public), nil
}

// Trust checks who signed: nil for a trusted key, [llm.CodePackUnsigned] or
// [llm.CodePackUntrusted] otherwise.
func (p *Pack) Trust(trusted []Key) error {
	switch {
	case p.Key == "":
		return broken(llm.CodePackUnsigned, "no signature")
	case !slices.Contains(trusted, p.Key):
		return broken(llm.CodePackUntrusted, "signed with %s", p.Key)
	}
	return nil
}
