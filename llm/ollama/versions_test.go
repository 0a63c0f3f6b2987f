//go:build soak

package ollama_test

import (
	"os"
	"path/filepath"
	"testing"

	"kontor/llm/llmtest"
	"kontor/llm/ollama"
)

// versionsVariable lists folders of other versions of the server, each with
// bin/ollama and named after its version; the soak task builds them.
const versionsVariable = "KONTOR_OLLAMA_VERSIONS"

// Other versions are used as somebody else's server: what Kontor does with one
// must not depend on what the bundled version alone knows.
func TestOtherVersionsPassTheSuite(t *testing.T) {
	_, starter := folders(t)
	list := os.Getenv(versionsVariable)
	if list == "" {
		t.Skipf("%s names none: they are built for the soak task", versionsVariable)
	}
	for _, folder := range filepath.SplitList(list) {
		version := filepath.Base(folder)
		t.Run(version, func(t *testing.T) {
			home := t.TempDir()
			options := runtimeOptions(folder, home)
			options.Version = version
			runtime := ollama.NewRuntime(options)
			if err := runtime.Start(testContext(t)); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(runtime.Stop)
			endpoint, err := runtime.Endpoint(testContext(t))
			if err != nil {
				t.Fatal(err)
			}
			client := ollama.New(ollama.Options{Server: ollama.External(endpoint), DialContext: dial, ChatThreads: 1, EmbedThreads: 1})
			var chat, embedder string
			for _, m := range readManifest(t, starter).Models {
				if err := client.ImportGGUF(testContext(t), ollama.Import{Name: m.Name, Path: filepath.Join(starter, m.File), SHA256: m.SHA256}); err != nil {
					t.Fatalf("import of %s: %v", m.Name, err)
				}
				if m.Role == "chat" {
					chat = m.Name
				} else {
					embedder = m.Name
				}
			}
			llmtest.RunProvider(t, func(*testing.T) llmtest.Subject {
				return llmtest.Subject{
					Provider: client, Model: chat, Window: 1024,
					Schemas: llmtest.Supported, Tools: llmtest.Refused, Images: llmtest.Refused,
					Long: "Count from one to one hundred in words, one number on each line, without leaving out any.",
				}
			})
			llmtest.RunEmbedder(t, client, embedder, 512)
		})
	}
}
