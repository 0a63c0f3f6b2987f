package app

// ProviderList is what may run models beside this computer's own runtime.
type ProviderList struct {
	Providers []Provider `json:"providers"`
	// Allow is how far a provider may be away; AllowLocked that a policy decides it.
	Allow       string `json:"allow" ts:"'this_computer'|'company'|'hosted'"`
	AllowLocked bool   `json:"allowLocked"`
	// Editable is false where a policy keeps the list as it is.
	Editable bool           `json:"editable"`
	Kinds    []ProviderKind `json:"kinds"`
}

// ProviderKind is a kind of server that Kontor knows how to speak to.
type ProviderKind struct {
	Kind string `json:"kind"`
	// Address is the usual one.
	Address string `json:"address"`
	Hosted  bool   `json:"hosted"` // a service on the internet
}

// Provider is a server that runs models. Its key is never told.
type Provider struct {
	ID      string `json:"id"`
	Name    string `json:"name"`
	Kind    string `json:"kind"`
	Address string `json:"address"`
	// DataClass is the highest class of documents it may get.
	DataClass string `json:"dataClass" ts:"'public'|'internal'|'confidential'"`
	Enabled   bool   `json:"enabled"`
	// Authority is a file with certificates of the company's own authority,
	// Certificate and CertificateKey are files of this client.
	Authority      string `json:"authority"`
	Certificate    string `json:"certificate"`
	CertificateKey string `json:"certificateKey"`
	// Proxy is "system", "none", or an address.
	Proxy string `json:"proxy"`
	// TimeoutSeconds is how long nothing may come.
	TimeoutSeconds int `json:"timeoutSeconds"`
	// Models are names for servers that list none; ContextWindow is their
	// window in tokens where the server does not tell, 0 unknown.
	Models        []string `json:"models"`
	ContextWindow int      `json:"contextWindow"`
	// KeyPlace says where the key is kept, "" if there is none.
	KeyPlace string `json:"keyPlace" ts:"''|'keyring'|'file'"`
	// Preset providers come from the organisation and cannot be changed;
	// NeedsKey says that one of them wants a key of the person's own.
	Preset   bool `json:"preset"`
	NeedsKey bool `json:"needsKey"`
	// Place says how far away it is, Allowed whether that is permitted.
	Place   string   `json:"place" ts:"'this_computer'|'company'|'hosted'"`
	Allowed bool     `json:"allowed"`
	Problem *Problem `json:"problem,omitempty"` // of the last time it was asked
}

// ProviderSaveRequest adds a provider (no ID) or changes one. Key is absent to
// keep what is there, "" to forget it.
type ProviderSaveRequest struct {
	Provider Provider `json:"provider"`
	Key      *string  `json:"key,omitempty"`
}

// ProviderTestResult is what a server said when it was asked for its models.
type ProviderTestResult struct {
	Problem *Problem `json:"problem,omitempty"`
	Models  []string `json:"models"` // that can chat
	Version string   `json:"version"`
	Ms      int64    `json:"ms"`
}
