package app

import (
	"context"
	"encoding/json"

	"kontor/localrag"
)

// profileSetting is where the profile of a measured embedder is kept, by the
// digest of its weights and the scheme of its prefixes.
const profileSetting = "measured.embedder."

// embedderProfile is what is known of the present embedder's ranking.
func (m *Models) embedderProfile() localrag.Profile {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.profile != nil {
		return *m.profile
	}
	return localrag.ProfileFor(m.embedderKey().Scheme)
}

// measureEmbedder finds out once what an embedder is worth that nobody
// measured before. Without it retrieval trusts it little.
func (m *Models) measureEmbedder(ctx context.Context) {
	key := m.embedderKey()
	if key.Digest == "" {
		return
	}
	if _, known := localrag.KnownProfile(key.Scheme); known {
		return
	}
	name := profileSetting + key.Digest + "." + key.Scheme
	var profile localrag.Profile
	settings, err := m.app.db.Settings(ctx)
	if err != nil {
		m.app.log.Error("read settings", "error", err)
		return
	}
	if raw := settings[name]; raw == "" || json.Unmarshal([]byte(raw), &profile) != nil {
		if profile, err = localrag.MeasureProfile(ctx, m.EmbedQueries, m.embedPassages); err != nil {
			m.app.log.Warn("measure embedder", "error", err)
			return
		}
		if err := m.app.db.SetSetting(ctx, name, string(mustJSON(profile))); err != nil {
			m.app.log.Error("keep embedder profile", "error", err)
		}
		m.app.log.Info("embedder measured", "german", profile.German, "english", profile.English, "foreign", profile.Foreign)
	}
	m.mu.Lock()
	m.profile = &profile
	m.mu.Unlock()
}
