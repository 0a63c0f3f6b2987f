package app

import (
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"kontor/app/policy"
	"kontor/localrag/qdrant/qdranttest"
)

// moved begins a move and waits for its end.
func (b *bench) moved(r VectorMoveRequest) VectorStatus {
	b.t.Helper()
	do[VectorStatus](b, "vectors.move", r)
	var status VectorStatus
	b.until("the move has ended", func() bool {
		status = do[VectorStatus](b, "vectors.status", Empty{})
		return status.Move.Step == "done" || status.Move.Step == "failed"
	})
	return status
}

func secret(text string) *string { return &text }

func TestVectorsMoveToAServerAndBack(t *testing.T) {
	server := qdranttest.New("a key")
	listening := httptest.NewServer(server)
	defer listening.Close()
	folder := t.TempDir()
	b := openIn(t, folder, says("Three months."))
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	b.add(house, "rules.md", rules(60))
	before := do[VectorStatus](b, "vectors.status", Empty{})
	if before.Store != "automatic" || !before.Local || before.Indexed < 60 || before.Indexed != before.Stored {
		t.Fatalf("before: %+v", before)
	}

	if status := b.moved(VectorMoveRequest{Store: "qdrant", Address: listening.URL, Password: secret("wrong")}); status.Move.Problem == nil ||
		status.Move.Problem.Code != ProblemVectorsDown || status.Store != "automatic" || status.Problem != nil {
		t.Errorf("with a wrong key: %+v", status)
	}
	status := b.moved(VectorMoveRequest{Store: "qdrant", Address: listening.URL, Password: secret("a key")})
	if status.Move.Step != "done" || status.Store != "qdrant" || status.Move.Overlap < .99 || status.Indexed != before.Indexed || !status.Password {
		t.Fatalf("after the move: %+v", status)
	}
	if points, _ := server.Points(); points != before.Stored {
		t.Errorf("the server holds %d vectors of %d", points, before.Stored)
	}
	for _, setting := range b.settingsView().Settings {
		if strings.Contains(setting.Value, "a key") {
			t.Errorf("the key stands in the setting %s", setting.Key)
		}
	}
	if info, err := os.Stat(b.vectors.passwordFile()); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("file with the key: %v, %v", info, err)
	}

	// What comes and goes reaches the server.
	coffee := b.add(house, "machine.md", machine)
	if points, _ := server.Points(); points <= before.Stored {
		t.Errorf("%d vectors after another document", points)
	}
	do[Empty](b, "documents.delete", ByID{ID: coffee.ID})
	if points, _ := server.Points(); points != before.Stored {
		t.Errorf("%d vectors after it was deleted", points)
	}

	// A new start finds them there.
	if err := b.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	again := openIn(t, folder, says("Three months."))
	again.until("the server is connected", func() bool { return do[VectorStatus](again, "vectors.status", Empty{}).Indexed == before.Stored })
	back := again.moved(VectorMoveRequest{Store: "automatic"})
	if back.Move.Step != "done" || back.Store != "automatic" || back.Indexed != before.Stored {
		t.Errorf("back in memory: %+v", back)
	}
	if points, collections := server.Points(); points+collections != 0 {
		t.Errorf("%d vectors in %d collections are left on the server", points, collections)
	}
}

func TestQuestionsGoOnWithoutTheServer(t *testing.T) {
	server := qdranttest.New("")
	listening := httptest.NewServer(server)
	defer listening.Close()
	b := open(t, says("Three months."))
	house := b.collection("House")
	b.add(house, "lease.md", lease)
	b.moved(VectorMoveRequest{Store: "qdrant", Address: listening.URL})

	server.Down(true)
	_, answer := b.ask(SendRequest{Text: "What is the notice period of the lease?", CollectionIDs: []string{house}})
	if answer.Status != "complete" || len(answer.Passages) == 0 {
		t.Errorf("answer without the server: %+v", answer)
	}
	has := func() bool {
		for _, problem := range do[Status](b, "status.get", Empty{}).Problems {
			if problem.Code == ProblemVectorsDown {
				message, hint := b.Explain(problem)
				return strings.Contains(message, "Qdrant") && hint != ""
			}
		}
		return false
	}
	b.until("the problem stands", has)
	b.add(house, "machine.md", machine) // indexing does not wait for the server
	server.Down(false)
	b.until("the problem is gone", func() bool { return !has() })
	b.until("the server has what it missed", func() bool {
		status := do[VectorStatus](b, "vectors.status", Empty{})
		points, _ := server.Points()
		return status.Indexed == status.Stored && points == status.Stored
	})
}

func TestVectorsStayOnThisComputer(t *testing.T) {
	b := open(t, says(""))
	remote := VectorMoveRequest{Store: "pgvector", Address: "postgres://kontor@db.example/kontor"}
	if _, problem := run[VectorStatus](b, "vectors.move", remote); problem == nil || problem.Code != ProblemVectorsRemote || problem.Args["host"] != "db.example" {
		t.Errorf("a server elsewhere: %+v", problem)
	}
	for _, bad := range []VectorMoveRequest{
		{Store: "pgvector", Address: "http://127.0.0.1:6333"}, {Store: "qdrant"}, {Store: "milvus", Address: "postgres://x@127.0.0.1/y"},
		{Store: "qdrant", Address: "http://user:password@127.0.0.1:6333"},
	} {
		if _, problem := run[VectorStatus](b, "vectors.move", bad); problem == nil || problem.Code != ProblemVectorsAddress {
			t.Errorf("%+v: %+v", bad, problem)
		}
	}
	if b.policy.Switch(policy.VectorAllowRemote) || b.policy.Text(policy.VectorStore) != "automatic" {
		t.Error("a refused move changed a setting")
	}
}
