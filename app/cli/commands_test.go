package cli_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kontor/app"
	"kontor/app/cli"
	"kontor/app/instance"
)

const contract = `# Rental contract

## Notice period

The tenant may terminate the contract with a notice period of three months to the end of a quarter.

## Deposit

The deposit is 2,400 euros and is paid back six weeks after moving out.
`

// keys lists the members of a JSON object.
func keys(t *testing.T, raw json.RawMessage) string {
	t.Helper()
	var object map[string]json.RawMessage
	if err := json.Unmarshal(raw, &object); err != nil {
		t.Fatal(err)
	}
	return strings.Join(slices.Sorted(maps.Keys(object)), " ")
}

// TestAskJSON is the first thing a script does with a fresh data folder.
func TestAskJSON(t *testing.T) {
	needRuntime(t)
	pdf := testdata(t, "ok/bundesurlaubsgesetz.pdf")
	const question = "Wie viele Werktage beträgt der Urlaub jährlich mindestens?"
	done := kontor(t, shared, "ask", question, pdf, "--json").want(t, cli.ExitOK)
	var raw struct {
		Citations, Passages []json.RawMessage
		Timings             json.RawMessage
	}
	done.decode(t, &raw)
	if got, want := keys(t, json.RawMessage(done.out)), "answer citations mode model passages question timings"; got != want {
		t.Errorf("the object has %s, want %s", got, want)
	}
	if len(raw.Citations) == 0 || len(raw.Passages) == 0 {
		t.Fatalf("nothing was found: %s", done.out)
	}
	if got, want := keys(t, raw.Citations[0]), "file heading n page text"; got != want {
		t.Errorf("a citation has %s, want %s", got, want)
	}
	if got, want := keys(t, raw.Passages[0]), "file heading page score text"; got != want {
		t.Errorf("a passage has %s, want %s", got, want)
	}
	var answer app.AskAnswer
	done.decode(t, &answer)
	first := answer.Citations[0]
	if answer.Question != question || answer.Mode != "passages_only" || first.N != 1 || first.File != pdf || first.Page < 1 {
		t.Errorf("question %q, mode %q, first citation %d of %s, page %d", answer.Question, answer.Mode, first.N, first.File, first.Page)
	}
	if !slices.ContainsFunc(answer.Citations[:min(3, len(answer.Citations))], func(c app.AskCitation) bool {
		return strings.Contains(strings.Join(strings.Fields(c.Text), " "), "24 Werktage")
	}) {
		t.Errorf("the first three citations do not hold the answer: %+v", answer.Citations)
	}
	if answer.Timings.TotalMs <= 0 || answer.Timings.EmbedMs <= 0 {
		t.Errorf("timings %+v: the question was not embedded", answer.Timings)
	}
	for _, line := range strings.Split(done.err, "\n") {
		if strings.Contains(line, "level=ERROR") {
			t.Errorf("logged: %s", line)
		}
	}
}

// TestCommandsTalkToTheServer runs the verbs beside a running server: they are
// answered by it, which is why they need no runtime of their own.
func TestCommandsTalkToTheServer(t *testing.T) {
	needRuntime(t)
	folder := t.TempDir()
	write(t, folder, "contract.md", contract)
	write(t, folder, "coffee.txt", "Descale the coffee machine once a week with citric acid and rinse it twice.")
	// Documents of its own: what other tests have indexed would be known. The
	// models may be theirs.
	data := t.TempDir()
	s := serve(t, data, installed(), "--models-dir", filepath.Join(shared, "models"))
	s.ready(t)
	bare := func(args ...string) outcome {
		return kontorWith(t, environment(), append(args, "--data", data)...)
	}

	t.Run("index", func(t *testing.T) {
		type report struct {
			Collection                      string
			Documents, New, Known, Passages int
			Failed                          []app.RefusedFile
		}
		write(t, folder, "broken.bin", "\x00\x01")
		var first, second report
		bare("index", folder, "--collection", "House", "--json").want(t, cli.ExitOK).decode(t, &first)
		bare("index", folder, "--collection", "House", "--json").want(t, cli.ExitOK).decode(t, &second)
		if first.Collection != "House" || first.New != 2 || first.Known != 0 || first.Documents != 2 || first.Passages < 2 {
			t.Errorf("first run %+v", first)
		}
		if second.New != 0 || second.Known != 2 || second.Documents != 2 || second.Passages != first.Passages {
			t.Errorf("second run %+v", second)
		}
		if len(second.Failed) != 1 || second.Failed[0].Problem.Code != "unsupported" {
			t.Errorf("failed %+v", second.Failed)
		}
		if text := bare("index", folder, "--collection", "House").want(t, cli.ExitOK); !strings.Contains(text.out, "2") || !strings.Contains(text.err, "broken.bin") {
			t.Errorf("as text: %q, %q", text.out, text.err)
		}
	})
	t.Run("ask", func(t *testing.T) {
		done := bare("ask", "What is the notice period of the tenant?", filepath.Join(folder, "contract.md"), "--no-model").want(t, cli.ExitOK)
		if !strings.Contains(done.out, "[1] "+filepath.Join(folder, "contract.md")) || !strings.Contains(done.out, "three months") {
			t.Errorf("answer %s", done.out)
		}
		// Without files everything that is indexed is asked.
		var answer app.AskAnswer
		bare("ask", "How often must the coffee machine be descaled?", "--json").want(t, cli.ExitOK).decode(t, &answer)
		if len(answer.Passages) == 0 || !strings.Contains(answer.Passages[0].Text, "citric acid") {
			t.Errorf("passages %+v", answer.Passages)
		}
	})
	t.Run("doctor", func(t *testing.T) {
		var report app.Report
		done := bare("doctor", "--json")
		done.decode(t, &report)
		values := map[string]string{}
		for _, check := range report.Checks {
			values[check.Name] = check.Value
			if !check.OK && check.Name != "free" {
				t.Errorf("%s: %+v", check.Name, check.Problem)
			}
		}
		for _, name := range []string{"data", "database", "memory", "processor", "runtime", "models", "embedder", "documents", "vectors", "recognition", "converter", "egress"} {
			if values[name] == "" {
				t.Errorf("no check %q in %s", name, done.out)
			}
		}
		if !strings.Contains(values["models"], "smollm2") || !strings.Contains(values["embedder"], "e5") {
			t.Errorf("models %q, embedder %q", values["models"], values["embedder"])
		}
		text := bare("doctor").want(t, done.code)
		if !strings.Contains(text.out, "✓") || !strings.Contains(text.out, values["models"]) {
			t.Errorf("as text: %s", text.out)
		}
		if strings.Contains(done.out+text.out, "contract") {
			t.Error("the report names a document")
		}
	})
	t.Run("bad file", func(t *testing.T) {
		done := bare("ask", "What does it say?", testdata(t, "hostile/encrypted-aes256-user-password.pdf")).want(t, cli.ExitFailed)
		if done.out != "" || !strings.Contains(done.err, "encrypted-aes256-user-password.pdf") || !strings.Contains(done.err, "password") {
			t.Errorf("%q, %q", done.out, done.err)
		}
	})
	t.Run("nothing found", func(t *testing.T) {
		var answer app.AskAnswer
		bare("ask", "Xylophon Quetzalcoatl Zwölffingerdarm?", filepath.Join(folder, "coffee.txt"), "--json").want(t, cli.ExitNothing).decode(t, &answer)
		if answer.Mode != "nothing_found" || len(answer.Citations) != 0 {
			t.Errorf("mode %q, citations %+v", answer.Mode, answer.Citations)
		}
		unreadable := t.TempDir()
		write(t, unreadable, "a.bin", "\x00")
		bare("index", unreadable).want(t, cli.ExitNothing)
	})
	t.Run("links", func(t *testing.T) {
		link := bare("serve", "--login-url").want(t, cli.ExitOK).out
		if !strings.Contains(link, "/login?code=") || strings.TrimSpace(link) == s.link {
			t.Errorf("link %q", link)
		}
		if again := bare("serve").want(t, cli.ExitOK).out; !strings.Contains(again, "/login?code=") {
			t.Errorf("a second server says %q", again)
		}
	})
	s.stop(t)
}

// TestExitCodes checks the codes that need no runtime.
func TestExitCodes(t *testing.T) {
	without := environment()
	run := func(args ...string) outcome { return kontorWith(t, without, args...) }
	t.Run("0", func(t *testing.T) {
		if done := run("version").want(t, cli.ExitOK); !strings.Contains(done.out, app.Version) {
			t.Errorf("version %q", done.out)
		}
		run("--help").want(t, cli.ExitOK)
	})
	t.Run("1", func(t *testing.T) {
		done := run("serve", "--login-url", "--data", t.TempDir()).want(t, cli.ExitFailed)
		if len(strings.Fields(done.err)) < 4 {
			t.Errorf("no sentence: %q", done.err)
		}
	})
	t.Run("2", func(t *testing.T) {
		for _, args := range [][]string{{"ask"}, {"index", filepath.Join(t.TempDir(), "none")}, {"serve", "--no-such-flag"}, {"nonsense", "verb"}} {
			if done := run(args...).want(t, cli.ExitUsage); done.err == "" {
				t.Errorf("%v says nothing", args)
			}
		}
	})
	t.Run("3", func(t *testing.T) {
		folder := t.TempDir()
		owned, err := instance.Acquire(folder) // an owner that does not answer
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = owned.Close() })
		t.Run("ask", func(t *testing.T) {
			t.Parallel()
			run("ask", "Anything?", "--data", folder).want(t, cli.ExitTaken)
		})
		t.Run("doctor", func(t *testing.T) { // for the doctor it is a finding
			t.Parallel()
			if done := run("doctor", "--data", folder, "--json").want(t, cli.ExitUnhealthy); !strings.Contains(done.out, app.ProblemOwnerElsewhere) {
				t.Errorf("report %s", done.out)
			}
		})
	})
	t.Run("4", func(t *testing.T) {
		folder := t.TempDir()
		write(t, folder, "a.bin", "\x00")
		run("index", folder, "--data", t.TempDir()).want(t, cli.ExitNothing)
	})
	t.Run("5", func(t *testing.T) {
		done := run("doctor", "--json", "--data", t.TempDir(), "--runtime-url", "http://127.0.0.1:1").want(t, cli.ExitUnhealthy)
		var report app.Report
		done.decode(t, &report)
		found := slices.ContainsFunc(report.Checks, func(c app.Check) bool {
			return c.Problem != nil && c.Name == "runtime"
		})
		if report.OK || !found {
			t.Errorf("report %s", done.out)
		}
	})
	t.Run("130", func(t *testing.T) {
		// An Ollama that takes connections and never answers.
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer silent.Close()
		connected := make(chan struct{})
		go func() {
			for first := true; ; first = false {
				conn, err := silent.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				if first {
					close(connected)
				}
			}
		}()
		cmd := exec.Command(binary, "ask", "Anything?", "--data", t.TempDir(), "--runtime-url", "http://"+silent.Addr().String())
		cmd.Env = without
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		defer cmd.Process.Kill()
		ended := make(chan struct{})
		go func() { _ = cmd.Wait(); close(ended) }()
		select {
		case <-connected:
		case <-time.After(commandTime):
			t.Fatal("the runtime was never asked")
		}
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		select {
		case <-ended:
		case <-time.After(30 * time.Second):
			t.Fatal("an interrupt does not end the question")
		}
		if code := cmd.ProcessState.ExitCode(); code != cli.ExitInterrupted {
			t.Errorf("exit code %d", code)
		}
	})
}

// TestEval measures a set of five documents.
func TestEval(t *testing.T) {
	needRuntime(t)
	run := filepath.Join(t.TempDir(), "run.jsonl")
	done := kontor(t, shared, "eval", filepath.Join("testdata", "evalset"), "--json", "--run", run).want(t, cli.ExitOK)
	var report map[string]json.RawMessage
	done.decode(t, &report)
	for _, ranking := range []string{"keyword", "vector", "fused"} {
		var figures map[string]float64
		if err := json.Unmarshal(report[ranking], &figures); err != nil {
			t.Fatalf("%s: %v in %s", ranking, err, done.out)
		}
		for _, name := range []string{"recall@1", "recall@5", "mrr@10", "ndcg@10"} {
			if value, there := figures[name]; !there || value < 0 || value > 1 {
				t.Errorf("%s %s = %v, %v", ranking, name, value, there)
			}
		}
		if figures["recall@5"] != 1 || figures["recall@1"] < 0.75 {
			t.Errorf("%s finds too little: %v", ranking, figures)
		}
	}
	ranked, err := os.ReadFile(run)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(string(ranked)), "\n")
	if len(lines) != 4 {
		t.Fatalf("%d lines in the run: %s", len(lines), ranked)
	}
	for i, want := range []string{"lease", "coffee", "urlaub", "schluessel"} {
		var line struct {
			QID    string
			Ranked []string
		}
		if err := json.Unmarshal([]byte(lines[i]), &line); err != nil {
			t.Fatal(err)
		}
		if line.QID != fmt.Sprintf("q%d", i+1) || !slices.Contains(line.Ranked, want) {
			t.Errorf("line %s, want %s", lines[i], want)
		}
	}
	// The cache makes the second run independent of the embedder, and --where
	// takes a part of the queries.
	var part app.EvalReport
	kontor(t, shared, "eval", filepath.Join("testdata", "evalset"), "--json", "--where", "kind=de").want(t, cli.ExitOK).decode(t, &part)
	if part.Queries != 2 || part.Documents != 5 {
		t.Errorf("a part has %d queries, %d documents", part.Queries, part.Documents)
	}
	if vectors, _ := filepath.Glob(filepath.Join(shared, "cache", "eval", "*.vectors")); len(vectors) != 1 {
		t.Errorf("vector caches: %v", vectors)
	}
}

// answered waits until the first words of an answer are there.
func answered(t *testing.T, s *server, sent app.SendResult) app.Message {
	t.Helper()
	var message app.Message
	until(t, "the answer begins", func() bool {
		view := call[app.ChatView](t, s, "chats.open", app.ByID{ID: sent.Chat.ID})
		message = view.Messages[len(view.Messages)-1]
		if message.Problem != nil {
			t.Fatalf("the answer failed: %+v\n%s", message.Problem, s.logged())
		}
		return message.Text != ""
	})
	return message
}
