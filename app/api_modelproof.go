package app

// ModelProof says where an installed model came from, and whether its files
// are what they were when they came.
type ModelProof struct {
	Name string `json:"name"`
	// Digest of the weights, SHA-256 in hexadecimal, "" if the model lies in a
	// runtime that is not this program's.
	Digest string `json:"digest"`
	Origin string `json:"origin" ts:"'starter'|'registry'|'file'|'pack'|'place'|'unknown'"`
	// From is the registry's address, the file's name, the pack's title or the
	// folder it is used in; Key signed the pack, "" for none.
	From string `json:"from"`
	Key  string `json:"key"`
	// Verified says when all files had the digests that they are named by:
	// when they came, at the time CheckedAt, or not at that time.
	Verified  string `json:"verified" ts:"''|'arrival'|'checked'|'changed'"`
	CheckedAt int64  `json:"checkedAt"` // Unix milliseconds, 0 unknown
	// Template turns a chat into a prompt; LicenceText came with the model.
	Template    string `json:"template"`
	LicenceText string `json:"licenceText"`
}
