package app

// RegistryAccess is how the model registry is reached, without secrets.
type RegistryAccess struct {
	// User and ProxyUser are the names of the logins, "" for none; a secret
	// without a user is sent as a bearer token.
	User      string `json:"user"`
	ProxyUser string `json:"proxyUser"`
	// Proxy is the address of the one that would be used now, "" for none.
	Proxy string `json:"proxy"`
	// SecretPlace and ProxySecretPlace say where the secrets are kept, "" if there are none.
	SecretPlace      string `json:"secretPlace" ts:"''|'keyring'|'file'"`
	ProxySecretPlace string `json:"proxySecretPlace" ts:"''|'keyring'|'file'"`
}

// RegistrySecrets are secrets of the registry and of the proxy before it;
// absent to keep what is there, "" to forget it.
type RegistrySecrets struct {
	Secret      *string `json:"secret,omitempty"`
	ProxySecret *string `json:"proxySecret,omitempty"`
}
