package app

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"testing"

	"kontor/llm/llmtest"
	"kontor/llm/store"
)

func TestModelSaysWhereItCameFromAndWhetherItIsWhatItWas(t *testing.T) {
	address := registryOf(t, "a model's template")
	b := openIn(t, t.TempDir(), llmtest.Script{}, lockedBy(fmt.Sprintf(`{"enforced": {"models.allow_download": "true", "models.registry": %q}}`, address)))
	proofs, tiny := b.getting.proofs, ModelByName{Name: "tiny:1b"}
	if _, err := proofs.Verify(t.Context(), b.Owner(), tiny); AsError(err).Code != "model_missing" {
		t.Errorf("a model that is not there: %v", err)
	}
	job, err := b.getting.Fetch(t.Context(), b.Owner(), FetchRequest(tiny))
	if err != nil {
		t.Fatal(err)
	}
	awaitState(t, b.App, job.ID, stateDone)
	proof, err := proofs.Proof(t.Context(), b.Owner(), tiny)
	if err != nil {
		t.Fatal(err)
	}
	if proof.Origin != fromRegistry || proof.From != address || proof.Verified != verifiedArrival || proof.CheckedAt == 0 ||
		proof.Template != "a model's template" || len(proof.Digest) != 64 {
		t.Errorf("after the download: %+v", proof)
	}
	if proof, err = proofs.Verify(t.Context(), b.Owner(), tiny); err != nil || proof.Verified != verifiedNow {
		t.Errorf("verified: %+v, %v", proof, err)
	}

	blob := store.Store{Folder: b.getting.store().Folder}.BlobPath("sha256:" + proof.Digest)
	if err := os.Chmod(blob, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(blob, []byte(strings.ToUpper("a model's template")), 0o600); err != nil {
		t.Fatal(err)
	}
	if proof, err = proofs.Verify(t.Context(), b.Owner(), tiny); err != nil || proof.Verified != verifiedNot || proof.Origin != fromRegistry {
		t.Errorf("with another content: %+v, %v", proof, err)
	}
	if proof, err = proofs.Proof(t.Context(), b.Owner(), tiny); err != nil || proof.Verified != verifiedNot {
		t.Errorf("it is forgotten: %+v, %v", proof, err)
	}
}

func TestModelUsedInPlaceWasNotVerified(t *testing.T) {
	b := openIn(t, t.TempDir(), llmtest.Script{})
	other := store.Store{Folder: t.TempDir()}
	content := []byte("weights of somebody else's")
	sum := sha256.Sum256(content)
	layer := store.Layer{MediaType: store.MediaModel, Digest: "sha256:" + hex.EncodeToString(sum[:]), Size: int64(len(content))}
	from := t.TempDir()
	if err := os.WriteFile(from+"/"+strings.ReplaceAll(layer.Digest, ":", "-"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	raw := mustJSON(store.Manifest{SchemaVersion: 2, Config: layer, Layers: []store.Layer{layer}})
	name, _ := b.getting.name("theirs:7b")
	if err := other.Commit(name, raw, from); err != nil {
		t.Fatal(err)
	}
	if err := b.getting.attach(other.Folder); err != nil {
		t.Fatal(err)
	}
	proof, err := b.getting.proofs.Proof(t.Context(), b.Owner(), ModelByName{Name: "theirs:7b"})
	if err != nil || proof.Origin != originPlace || proof.From != other.Folder || proof.Verified != "" {
		t.Errorf("%+v, %v", proof, err)
	}
	if proof, err = b.getting.proofs.Verify(t.Context(), b.Owner(), ModelByName{Name: "theirs:7b"}); err != nil || proof.Verified != verifiedNow {
		t.Errorf("%+v, %v", proof, err)
	}
}
