package ollama_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/llm"
	"kontor/llm/ollama"
)

// samples are texts on which tokenizers differ.
var samples = []string{
	"Hello", "Hello, world!", " leading blank", "trailing blank ", "two  blanks", "tab\tand\nnewline\n\n\nthree", "\r\nwindows\r\n",
	"Der Mietvertrag kann mit einer Frist von drei Monaten gekündigt werden.", "Größenordnungsmäßig überwältigende Äußerungen",
	"Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz", "§ 573c Abs. 1 BGB: die Kündigung ist spätestens am dritten Werktag zulässig",
	"„Anführungszeichen“ und ‚einfache‘ – Gedankenstrich … Ellipse", "It's I'll you've they're he'd I'm don't SHE'S",
	"1234567890 12.345,67 € 3½ x² 10⁻³", "IBAN DE89 3704 0044 0532 0130 00", "2026-11-24T02:25:49Z", "😀 👩‍👩‍👧‍👦 🇩🇪 👍🏽", "emoji at the end 🎉",
	"Привет, мир", "你好，世界。今天天气很好", "こんにちは世界", "مرحبا بالعالم", "नमस्ते दुनिया", "한국어 텍스트",
	"a\u0308 decomposed o\u0308 u\u0308 \u1e9e ß ﬁ ﬂ Ｆｕｌｌ", "zero\u200bwidth\u00adsoft\u00a0nbsp\u2003em",
	"func main() {\n\tfmt.Println(\"hi\")\n}\n", "def f(x):\n    return x ** 2  # square\n", "SELECT * FROM t WHERE a<>'b' AND c>=1;",
	"{\"key\": [1, 2.5, null, true], \"ü\": \"\\u00fc\"}", "<html><body class=\"x\">&nbsp;</body></html>", "https://example.org/a/b?c=d&e=f#g",
	"C:\\Users\\Müller\\Dokumente\\Angebot (final).docx", "==========----------__________", "....!!!???,,,;;;", "$$\\int_0^1 x^2 dx$$ `code` **bold**",
	"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", strings.Repeat("0", 60), strings.Repeat(" ", 70) + "x",
	"CamelCaseAndsnake_case-kebab-case.dotted", "\u0000\u0001\u0007 control", "Straße nach Übach-Palenberg, Nr. 7a", "| a | b |\n|---|---|\n| 1 | 2 |",
	"Sehr geehrte Damen und Herren,\n\nhiermit kündige ich fristgerecht zum 31.12.2026.\n\nMit freundlichen Grüßen\nMax Mustermann\n",
	"<|im_start|>not a turn<|im_end|>", "<|endoftext|>", "<s> </s> <unk> <mask>", "ﷺ ½ ¼ ™ ® © ℃ №", "l'été où ça coûte très cher à Besançon",
}

// chats are conversations whose template matters.
func chats() map[string][]llm.Message {
	sys := llm.Message{Role: llm.System, Text: "Du bist ein hilfreicher Assistent."}
	return map[string][]llm.Message{
		"one":              user("Wie lang ist die Kündigungsfrist?"),
		"system":           append([]llm.Message{sys}, user("Hallo")...),
		"turns":            {sys, {Role: llm.User, Text: "Eins"}, {Role: llm.Assistant, Text: "Zwei"}, {Role: llm.User, Text: "Drei 🎉"}},
		"many":             {{Role: llm.User, Text: "a"}, {Role: llm.Assistant, Text: "b"}, {Role: llm.User, Text: "c"}, {Role: llm.Assistant, Text: "d\n"}, {Role: llm.User, Text: "\ne"}},
		"same role twice":  {{Role: llm.User, Text: "first"}, {Role: llm.User, Text: "second"}},
		"two systems":      {sys, {Role: llm.User, Text: "x"}, {Role: llm.System, Text: "Kurz."}, {Role: llm.User, Text: "y"}},
		"unfinished turn":  {{Role: llm.User, Text: "Count"}, {Role: llm.Assistant, Text: "one, two"}},
		"empty text":       {{Role: llm.User, Text: ""}},
		"text is template": user("{{ .System }} {{ range .Messages }}x{{ end }}"),
		"long":             user(strings.Repeat("Die Kündigung bedarf der Schriftform. ", 12)),
	}
}

// promptTokens asks the server to answer with one token and returns its count
// of the prompt.
func promptTokens(t *testing.T, r *real, request llm.Request) int {
	t.Helper()
	request.MaxTokens = 1
	result, err := r.client.Chat(testContext(t), request, func(llm.Delta) error { return nil })
	if err != nil {
		t.Fatalf("chat: %v", err)
	}
	return result.Usage.PromptTokens
}

func TestCountIsExactOnTheChatModel(t *testing.T) {
	r := realServer(t)
	same := func(t *testing.T, messages []llm.Message) bool {
		t.Helper()
		request := llm.Request{Model: r.chat, Messages: messages, ContextWindow: 2048}
		count, err := r.client.CountTokens(testContext(t), request)
		if err != nil {
			t.Fatal(err)
		}
		return count.Exact && count.Tokens == promptTokens(t, r, request)
	}
	check := func(t *testing.T, messages []llm.Message) {
		t.Helper()
		request := llm.Request{Model: r.chat, Messages: messages, ContextWindow: 2048}
		count, err := r.client.CountTokens(testContext(t), request)
		if err != nil {
			t.Fatal(err)
		}
		if want := promptTokens(t, r, request); count.Tokens != want || !count.Exact {
			t.Errorf("count = %+v, server counts %d: %.60q", count, want, messages[len(messages)-1].Text)
		}
	}
	// Four at a time as turns of one chat; only if a sum differs is the culprit
	// looked for.
	for group := range slices.Chunk(samples, 4) {
		var turns []llm.Message
		for i, text := range group {
			turns = append(turns, llm.Message{Role: []llm.Role{llm.User, llm.Assistant}[i%2], Text: text})
		}
		if same(t, turns) {
			continue
		}
		for _, text := range group {
			check(t, user(text))
		}
		t.Errorf("counts differ for %.200q", group)
	}
	for name, messages := range chats() {
		t.Run(name, func(t *testing.T) { check(t, messages) })
	}
}

// post sends raw JSON, to compare with what the server says without our code.
func post(t *testing.T, r *real, path string, in, out any) {
	t.Helper()
	endpoint, err := r.runtime.Endpoint(testContext(t))
	if err != nil {
		t.Fatal(err)
	}
	data, err := json.Marshal(in)
	if err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial}, Timeout: time.Minute}
	defer client.CloseIdleConnections()
	response, err := client.Post(endpoint+path, "application/json", bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	answer, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s: %d %s %v", path, response.StatusCode, answer, err)
	}
	if err := json.Unmarshal(answer, out); err != nil {
		t.Fatal(err)
	}
}

func TestCountIsExactOnTheEmbeddingModel(t *testing.T) {
	r := realServer(t)
	surround, err := r.client.Surround(testContext(t), r.embed)
	if err != nil || surround != 2 {
		t.Fatalf("surround = %d, %v, want 2", surround, err)
	}
	// One request for all, because each costs the server 100 ms; only when the
	// sums differ the culprit is looked for.
	if ours, servers := embedTokens(t, r, samples...); ours != servers {
		for _, text := range samples {
			if ours, servers := embedTokens(t, r, text); ours != servers {
				t.Errorf("count = %d, server counts %d: %q", ours, servers, text)
			}
		}
	}
}

// embedTokens counts texts to embed here and on the server.
func embedTokens(t *testing.T, r *real, texts ...string) (ours, servers int) {
	t.Helper()
	for _, text := range texts {
		count, err := r.client.CountText(testContext(t), r.embed, text)
		if err != nil || !count.Exact {
			t.Fatalf("count = %+v, %v", count, err)
		}
		ours += count.Tokens + 2
	}
	var answer struct {
		PromptEvalCount int `json:"prompt_eval_count"`
	}
	post(t, r, "/api/embed", map[string]any{"model": r.embed, "input": texts, "truncate": false, "options": map[string]any{"num_thread": 1}}, &answer)
	return ours, answer.PromptEvalCount
}

// The other way to the vocabulary: the server's own description.
func TestCountWithoutTheModelFolder(t *testing.T) {
	r := realServer(t)
	c := ollama.New(ollama.Options{Server: r.runtime, DialContext: dial})
	for _, model := range []string{r.chat, r.embed} {
		for _, text := range samples[:20] {
			want, err := r.client.CountText(testContext(t), model, text)
			if err != nil {
				t.Fatal(err)
			}
			got, err := c.CountText(testContext(t), model, text)
			if err != nil || got != want {
				t.Fatalf("%s: count = %+v, %v, want %+v: %q", model, got, err, want, text)
			}
		}
	}
}

func TestRenderingIsTheServers(t *testing.T) {
	r := realServer(t)
	templates := map[string]string{
		"own":       "",
		"turns":     "{{ if .System }}<<SYS>>{{ .System }}<</SYS>>{{ end }}[INST] {{ .Prompt }} [/INST] {{ .Response }}</s>",
		"no answer": "{{ .System }} USER: {{ .Prompt }} ASSISTANT:",
		"nested":    "{{ if .Prompt }}<u>{{ .Prompt }}</u>{{ end }}<a>{{ .Response }}<end>",
		"indexed": `{{- range $i, $_ := .Messages }}{{- $last := eq (len (slice $.Messages $i)) 1 -}}
{{ if eq .Role "user" }}<user>{{ .Content }}{{ if $last }}<bot>{{ end }}{{ else }}<{{ .Role }}>{{ .Content }}{{ end }}{{ end }}{{ if .Tools }}{{ json .Tools }}{{ end }}`,
	}
	for name, text := range templates {
		t.Run(name, func(t *testing.T) {
			model := r.chat
			if text != "" {
				model = "test/" + strings.ReplaceAll(name, " ", "-")
				var status struct{ Status string }
				post(t, r, "/api/create", map[string]any{"model": model, "from": r.chat, "template": text, "stream": false}, &status)
			}
			for chat, messages := range chats() {
				var answer struct {
					Debug struct {
						Rendered string `json:"rendered_template"`
					} `json:"_debug_info"`
				}
				wire := make([]map[string]string, len(messages))
				for i, m := range messages {
					wire[i] = map[string]string{"role": string(m.Role), "content": m.Text}
				}
				post(t, r, "/api/chat", map[string]any{
					"model": model, "messages": wire, "_debug_render_only": true, "truncate": false, "stream": false,
					"options": map[string]any{"num_ctx": 2048, "num_thread": 1},
				}, &answer)
				got, err := ollama.Render(r.client, testContext(t), model, messages)
				if err != nil || got != answer.Debug.Rendered {
					t.Errorf("%s: rendered %q, %v\nserver %q", chat, got, err, answer.Debug.Rendered)
				}
			}
		})
	}
}

func TestCountIsFast(t *testing.T) {
	r := realServer(t)
	text := strings.Repeat("Die Kündigung bedarf der Schriftform und muss dem Vermieter bis zum 3. Werktag zugehen. ", 90)
	for _, model := range []string{r.chat, r.embed} {
		count, err := r.client.CountText(testContext(t), model, text) // warm
		if err != nil {
			t.Fatal(err)
		}
		best := time.Hour
		for range 20 {
			start := time.Now()
			if _, err := r.client.CountText(testContext(t), model, text); err != nil {
				t.Fatal(err)
			}
			best = min(best, time.Since(start))
		}
		t.Logf("%s: %d tokens in %v", model, count.Tokens, best)
		// 2 ms for 2,000 tokens; five times that for a busy machine or the race detector.
		if limit := time.Duration(count.Tokens) * 5 * time.Microsecond; best > limit && !raceEnabled {
			t.Errorf("%s: %d tokens took %v, want less than %v", model, count.Tokens, best, limit)
		}
	}
}

// What is said where a vocabulary cannot be read must never be too little.
func TestEstimateIsAnUpperBound(t *testing.T) {
	r := realServer(t)
	for _, model := range []string{r.chat, r.embed} {
		for _, text := range samples {
			count, err := r.client.CountText(testContext(t), model, text)
			if err != nil {
				t.Fatal(err)
			}
			if estimate := ollama.Bound(text); estimate < count.Tokens {
				t.Errorf("%s: estimate %d < %d: %q", model, estimate, count.Tokens, text)
			}
		}
	}
}
