package policy

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Key names a setting.
type Key string

// The settings of this version.
const (
	Language Key = "ui.language"
	Theme    Key = "ui.theme"
	// Contrast, Accent, TextSize, Density and ReadingWidth are how the window looks.
	Contrast     Key = "ui.contrast"
	Accent       Key = "ui.accent"
	TextSize     Key = "ui.text_size"
	Density      Key = "ui.density"
	ReadingWidth Key = "ui.reading_width"
	// Shortcuts are the key combinations that somebody changed; the page reads and writes them.
	Shortcuts Key = "ui.shortcuts"
	// NotifyAnswers is whether the system tells when a long answer has ended and
	// the window is not in front.
	NotifyAnswers Key = "ui.notify_answers"
	SendKey       Key = "chats.send_key"
	// Tray is whether the program shows its icon in the tray and goes on there
	// when its window is closed; Hotkey the keys that call it from anywhere, ""
	// for none.
	Tray   Key = "ui.tray"
	Hotkey Key = "ui.hotkey"
	// DictationAllow is whether speech may be recorded and written down,
	// DictationLanguage what is spoken, DictationModel which model listens, "" for
	// one on this computer.
	DictationAllow    Key = "dictation.allow"
	DictationLanguage Key = "dictation.language"
	DictationModel    Key = "dictation.model"
	// TemporaryChats says whether chats may, or must, be ones that are never written.
	TemporaryChats Key = "chats.temporary"
	Model          Key = "chat.model"
	Instructions   Key = "chat.instructions"
	ContextWindow  Key = "chat.context_window"
	ReadingSeconds Key = "documents.reading_seconds"
	// Embedder is the installed model whose vectors are searched, "" for the one
	// that comes with the program.
	Embedder Key = "documents.embedder"
	// Rerank lets the chat model put the passages in order where that is quick.
	Rerank Key = "documents.rerank"
	// StopOnBattery lets linked folders wait while the computer runs on its battery.
	StopOnBattery Key = "documents.stop_on_battery"
	// StaleMonths is the age of a source, in months, from which a warning is shown.
	StaleMonths Key = "documents.stale_months"
	// RetentionAction is what happens to a collection after its retention date.
	RetentionAction Key = "documents.retention_action"
	RuntimeMode     Key = "runtime.mode"
	RuntimeURL      Key = "runtime.url"
	// RuntimeAllowRemote permits an external runtime on another computer.
	RuntimeAllowRemote Key = "runtime.allow_remote"
	// VectorStore is where vectors are searched, VectorAddress the server's
	// address; VectorAllowRemote permits one on another computer.
	VectorStore       Key = "vectors.store"
	VectorAddress     Key = "vectors.address"
	VectorAllowRemote Key = "vectors.allow_remote"
	// ProvidersAllow is how far away a server may be that runs models beside
	// this computer's own runtime; ProvidersEdit whether people may change the
	// list of them; DataClass how closely collections are kept unless somebody
	// chose otherwise.
	ProvidersAllow Key = "providers.allow"
	ProvidersEdit  Key = "providers.edit"
	DataClass      Key = "documents.data_class"
	// ProvidersPreset is a list of an organisation's providers, as JSON; it
	// counts only where a policy enforces it.
	ProvidersPreset Key = "providers.preset"
	// Registry is where models are downloaded from and DownloadsAllow whether
	// that is allowed; Bandwidth is the most a download may take, in KiB per second.
	Registry       Key = "models.registry"
	DownloadsAllow Key = "models.allow_download"
	Bandwidth      Key = "models.bandwidth"
	// RegistryAuthority is a file with certificates of the company's own
	// authority, RegistryCertificate one with this client's own certificate,
	// whose key is in RegistryCertificateKey; RegistryUser the name of the login; RegistryProxy is "system",
	// "none" or an address, RegistryProxyUser the name of its login. Secrets are
	// no settings: they lie in the keyring.
	RegistryAuthority      Key = "models.registry_authority"
	RegistryUser           Key = "models.registry_user"
	RegistryCertificate    Key = "models.registry_certificate"
	RegistryCertificateKey Key = "models.registry_certificate_key"
	RegistryProxy          Key = "models.registry_proxy"
	RegistryProxyUser      Key = "models.registry_proxy_user"
	// ModelsFolder is where models are kept, "" for the usual place; "{user}" in
	// it stands for the account's name.
	ModelsFolder Key = "models.folder"
	// SharedModels is a folder of models of the whole machine that is used in place.
	SharedModels Key = "models.shared_folder"
	// PackKeys are the keys whose model packs are trusted, PacksUnsigned
	// whether a pack that nobody signed may be installed after an explicit yes.
	PackKeys      Key = "packs.trusted_keys"
	PacksUnsigned Key = "packs.allow_unsigned"
	// AssistantsFolder holds assistants and prompts of an organisation; it
	// counts from a policy only. AssistantsOwn is whether people may make their
	// own, AssistantsDefault begins every new chat.
	AssistantsFolder  Key = "assistants.folder"
	AssistantsOwn     Key = "assistants.own"
	AssistantsDefault Key = "assistants.default"
	// Briefing is whether the introduction is offered at the first start, must
	// be gone through, or is off; the other two are told in it.
	Briefing        Key = "briefing.mode"
	BriefingTitle   Key = "briefing.title"
	BriefingContact Key = "briefing.contact"
)

// Type says how a value is written and chosen.
type Type string

// The types. Values of all of them are strings: a choice is one of its
// options, a number is a decimal integer, a switch is true or false.
const (
	Choice Type = "choice"
	Text   Type = "text"
	Number Type = "number"
	Switch Type = "switch"
	// List is a list of JSON objects, written as one line of JSON. What the
	// objects mean is checked by who reads them.
	List Type = "list"
)

// Definition declares a setting.
type Definition struct {
	Key     Key
	Type    Type
	Default string
	Options []string // of a choice
	// Minimum and Maximum bound a number, in the unit of the setting; Maximum
	// bounds the length of a text, in characters, and of a list, in bytes.
	Minimum, Maximum int
	// Lines lets a text have several lines.
	Lines bool
	// Zero allows 0 below Minimum; it means automatic.
	Zero bool
	// Group is where the setting is shown: general, appearance, keys, models, documents, privacy.
	Group string
	// Restart is true if a change counts from the next start.
	Restart bool
	// Security settings stay at their built-in value, locked, while a policy
	// that could concern them is broken.
	Security bool
	// Environment is a variable that presets the user's value for one run, "" for none.
	Environment string

	check func(string) bool
}

// Definitions lists the settings of this version in the order they are shown.
func Definitions() []Definition {
	return []Definition{
		{Key: Language, Type: Choice, Default: "system", Options: []string{"system", "de", "en"}, Group: "general"},
		{Key: Theme, Type: Choice, Default: "system", Options: []string{"system", "light", "dark"}, Group: "appearance"},
		{Key: Contrast, Type: Choice, Default: "system", Options: []string{"system", "high"}, Group: "appearance"},
		{Key: Accent, Type: Choice, Default: "teal", Options: []string{"teal", "blue", "violet", "rose", "brown", "grey", "system"}, Group: "appearance"},
		{Key: TextSize, Type: Choice, Default: "normal", Options: []string{"small", "normal", "large", "largest"}, Group: "appearance"},
		{Key: Density, Type: Choice, Default: "comfortable", Options: []string{"comfortable", "compact"}, Group: "appearance"},
		{Key: ReadingWidth, Type: Choice, Default: "narrow", Options: []string{"narrow", "wide"}, Group: "appearance"},
		{Key: Shortcuts, Type: Text, Default: "", Maximum: 2000, Group: "keys"},
		{Key: NotifyAnswers, Type: Switch, Default: "false", Group: "general"},
		{Key: Tray, Type: Switch, Default: "false", Group: "general"},
		{Key: Hotkey, Type: Text, Default: "", Maximum: 60, Group: "keys", check: isHotkey},
		{Key: SendKey, Type: Choice, Default: "enter", Options: []string{"enter", "ctrl_enter"}, Group: "general"},
		{Key: DictationLanguage, Type: Choice, Default: "window", Options: []string{"window", "auto", "de", "en"}, Group: "general"},
		{Key: DictationAllow, Type: Switch, Default: "true", Group: "privacy"},
		{Key: TemporaryChats, Type: Choice, Default: "allowed", Options: []string{"allowed", "off", "always"}, Group: "privacy"},
		{Key: Model, Type: Text, Default: "", Maximum: 200, Group: "models"},
		// What the model is told in every chat beside the question.
		{Key: Instructions, Type: Text, Default: "", Maximum: 2000, Lines: true, Group: "models"},
		// Tokens; 0 takes what model and memory allow.
		{Key: ContextWindow, Type: Number, Default: "0", Zero: true, Minimum: 1024, Maximum: 131072, Group: "models"},
		{Key: DictationModel, Type: Text, Default: "", Maximum: 200, Group: "models"},
		{Key: RuntimeMode, Type: Choice, Default: "bundled", Options: []string{"bundled", "external"}, Group: "models",
			Restart: true, Environment: "KONTOR_RUNTIME_MODE"},
		{Key: RuntimeURL, Type: Text, Default: "http://127.0.0.1:11434", Maximum: 2000, Group: "models",
			Restart: true, Security: true, Environment: "KONTOR_RUNTIME_URL", check: isServerURL},
		// How long a person may wait until a whole document is read; 0 never reads one whole.
		{Key: ReadingSeconds, Type: Number, Default: "20", Minimum: 0, Maximum: 3600, Group: "documents"},
		{Key: Embedder, Type: Text, Default: "", Maximum: 200, Group: "documents"},
		// Off: no model at hand showed that it helps.
		{Key: Rerank, Type: Switch, Default: "false", Group: "documents"},
		{Key: VectorStore, Type: Choice, Default: "automatic", Options: []string{"automatic", "chromem", "slab", "pgvector", "qdrant", "milvus"},
			Group: "documents", Restart: true},
		{Key: VectorAddress, Type: Text, Default: "", Maximum: 500, Group: "documents", Restart: true, Security: true, check: isStoreAddress},
		{Key: VectorAllowRemote, Type: Switch, Default: "false", Group: "privacy", Security: true},
		{Key: DataClass, Type: Choice, Default: "confidential", Options: []string{"public", "internal", "confidential"}, Group: "documents", Security: true},
		{Key: StopOnBattery, Type: Switch, Default: "false", Group: "documents"},
		// 0 never warns.
		{Key: StaleMonths, Type: Number, Default: "24", Zero: true, Minimum: 1, Maximum: 240, Group: "documents"},
		{Key: RetentionAction, Type: Choice, Default: "propose", Options: []string{"propose", "delete"}, Group: "documents", Security: true},
		{Key: ProvidersAllow, Type: Choice, Default: "this_computer", Options: []string{"this_computer", "company", "hosted"}, Group: "privacy", Security: true},
		{Key: ProvidersPreset, Type: List, Default: "[]", Maximum: 100_000, Group: "models"},
		{Key: ProvidersEdit, Type: Switch, Default: "true", Group: "privacy"},
		{Key: DownloadsAllow, Type: Switch, Default: "false", Group: "privacy", Security: true},
		{Key: Registry, Type: Text, Default: "", Maximum: 500, Group: "models", Security: true, check: isRegistry},
		{Key: RegistryUser, Type: Text, Default: "", Maximum: 200, Group: "models", Security: true},
		{Key: RegistryAuthority, Type: Text, Default: "", Maximum: 1000, Group: "models", Security: true, check: isPath},
		{Key: RegistryCertificate, Type: Text, Default: "", Maximum: 1000, Group: "models", Security: true, check: isPath},
		{Key: RegistryCertificateKey, Type: Text, Default: "", Maximum: 1000, Group: "models", Security: true, check: isPath},
		{Key: RegistryProxy, Type: Text, Default: "system", Maximum: 500, Group: "models", Security: true, check: isProxy},
		{Key: RegistryProxyUser, Type: Text, Default: "", Maximum: 200, Group: "models", Security: true},
		// KiB per second; 0 is no limit.
		{Key: Bandwidth, Type: Number, Default: "0", Zero: true, Minimum: 16, Maximum: 10_000_000, Group: "models"},
		{Key: ModelsFolder, Type: Text, Default: "", Maximum: 1000, Group: "models", check: isPath},
		{Key: SharedModels, Type: Text, Default: "", Maximum: 1000, Group: "models", Restart: true, Security: true},
		{Key: PackKeys, Type: Text, Default: "", Maximum: 2000, Group: "models", Security: true, check: areKeys},
		{Key: PacksUnsigned, Type: Switch, Default: "true", Group: "models", Security: true},
		{Key: AssistantsDefault, Type: Text, Default: "", Maximum: 200, Group: "general"},
		{Key: AssistantsOwn, Type: Switch, Default: "true", Group: "privacy"},
		{Key: AssistantsFolder, Type: Text, Default: "", Maximum: 1000, Group: "general"},
		{Key: Briefing, Type: Choice, Default: "offered", Options: []string{"offered", "required", "off"}, Group: "general"},
		{Key: BriefingTitle, Type: Text, Default: "", Maximum: 200, Group: "general"},
		{Key: BriefingContact, Type: Text, Default: "", Maximum: 500, Group: "general"},
		{Key: RuntimeAllowRemote, Type: Switch, Default: "false", Group: "privacy", Restart: true, Security: true},
	}
}

// Valid reports whether value can be a value of the setting.
func (d Definition) Valid(value string) bool {
	switch d.Type {
	case Choice:
		return slices.Contains(d.Options, value)
	case Switch:
		return value == "true" || value == "false"
	case Number:
		n, err := strconv.Atoi(value)
		if err != nil || strconv.Itoa(n) != value {
			return false
		}
		return d.Zero && n == 0 || n >= d.Minimum && n <= d.Maximum
	case List:
		var list []map[string]any
		return len(value) <= d.Maximum && json.Unmarshal([]byte(value), &list) == nil && list != nil
	case Text:
		if !utf8.ValidString(value) || utf8.RuneCountInString(value) > d.Maximum || strings.ContainsFunc(value, d.refuses) {
			return false
		}
		return d.check == nil || d.check(value)
	}
	return false
}

// refuses reports characters that no text holds.
func (d Definition) refuses(r rune) bool {
	return unicode.IsControl(r) && (!d.Lines || r != '\n' && r != '\t')
}

// isServerURL accepts the root of an HTTP server, without credentials: those
// would end up in logs and in the settings page.
func isServerURL(value string) bool {
	u, err := url.Parse(value)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" &&
		u.User == nil && u.RawQuery == "" && u.Fragment == ""
}

func isProxy(value string) bool { return value == "system" || value == "none" || isServerURL(value) }

// isPath accepts the whole path of a folder or file.
func isPath(value string) bool { return value == "" || filepath.IsAbs(value) }

func isRegistry(value string) bool { return value == "" || isServerURL(value) }

// areKeys accepts Ed25519 public keys in base64, separated by commas or blanks.
func areKeys(value string) bool {
	for _, field := range strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' }) {
		if raw, err := base64.StdEncoding.Strict().DecodeString(field); err != nil || len(raw) != ed25519.PublicKeySize {
			return false
		}
	}
	return true
}

// isStoreAddress accepts the address of a vector database. A user's name may be
// in it; a password would end up in logs and in the settings page.
func isStoreAddress(value string) bool {
	if value == "" {
		return true
	}
	u, err := url.Parse(value)
	if err != nil || u.Hostname() == "" || u.Fragment != "" {
		return false
	}
	if _, has := u.User.Password(); has || u.Query().Has("password") {
		return false
	}
	return slices.Contains([]string{"postgres", "postgresql", "http", "https"}, u.Scheme)
}
