package storage

import (
	"encoding/json"
	"reflect"
	"testing"
)

// TestAnotherOwnerSeesNothing calls every method that takes an owner for
// someone else's records. A method that is missing here fails the test.
func TestAnotherOwnerSeesNothing(t *testing.T) {
	d, ctx := openTest(t), t.Context()
	k := must(d.CreateCollection(ctx, anna, "secret"))(t)
	doc, ids := addParsed(t, d, anna, k.ID, "secret", "en", "secret")
	must(d.UpdateDocument(ctx, anna, doc.ID, DocumentUpdate{Origin: &doc.Name}))(t)
	c := must(d.CreateChat(ctx, anna, Chat{Title: "secret", CollectionIDs: []string{k.ID}, PinnedDocumentID: doc.ID}))(t)
	m := must(d.AppendMessages(ctx, anna, c.ID, []Message{{Role: "user", Parts: text("secret")}}))(t)[0]
	f := must(d.LinkFolder(ctx, anna, Folder{CollectionID: k.ID, Path: "/secret"}))(t)
	take(t, d, f, found("secret", "linked"))
	if err := d.SaveGoldenQuestions(ctx, anna, k.ID, []GoldenQuestion{{Question: "secret", Document: "secret"}}); err != nil {
		t.Fatal(err)
	}
	g := must(d.GoldenQuestions(ctx, anna, k.ID))(t)[0]
	must(d.AddGoldenRun(ctx, anna, GoldenRun{CollectionID: k.ID, Questions: 1}))(t)
	shelf := must(d.CreateChatFolder(ctx, anna, ChatFolder{Name: "secret"}))(t)
	pr := must(d.SavePrompt(ctx, anna, Prompt{Title: "secret", Text: "secret"}))(t)
	if err := d.SetChatInstructions(ctx, anna, c.ID, "secret"); err != nil {
		t.Fatal(err)
	}
	if err := d.SaveDraft(ctx, anna, Draft{ChatID: c.ID, Text: "secret", Images: json.RawMessage(`[{"hash":"secret"}]`)}); err != nil {
		t.Fatal(err)
	}
	waiting := must(d.AddQueuedQuestion(ctx, anna, QueuedQuestion{ChatID: c.ID, Request: json.RawMessage(`{"text":"secret"}`)}))(t)
	if err := d.SetChatStart(ctx, anna, c.ID, m.ID); err != nil {
		t.Fatal(err)
	}
	helper := must(d.SaveAssistant(ctx, anna, Assistant{Profile: json.RawMessage(`"secret"`)}))(t)
	must(d.AddBriefing(ctx, anna, Briefing{Version: "1"}))(t)
	if err := d.SetChatSetup(ctx, anna, c.ID, ChatSetup{Assistant: "secret"}); err != nil {
		t.Fatal(err)
	}
	before := dump(t, d)

	refused := func(t *testing.T, err error) { t.Helper(); wantCode(t, err, CodeNotFound) }
	nothing := func(t *testing.T, n int, err error) {
		t.Helper()
		if n != 0 || err != nil {
			t.Errorf("%d records, error %v", n, err)
		}
	}
	status, title := MessageFailed, "stolen"
	attempts := map[string]func(t *testing.T){
		"Assistants": func(t *testing.T) { l, err := d.Assistants(ctx, ben); nothing(t, len(l), err) },
		"SaveAssistant": func(t *testing.T) {
			_, err := d.SaveAssistant(ctx, ben, Assistant{ID: helper.ID, Profile: json.RawMessage(`"stolen"`)})
			refused(t, err)
		},
		"DeleteAssistant": func(t *testing.T) { refused(t, d.DeleteAssistant(ctx, ben, helper.ID)) },
		"ChatSetup": func(t *testing.T) {
			s, err := d.ChatSetup(ctx, ben, c.ID)
			nothing(t, len(s.Assistant), err)
		},
		"SetChatSetup": func(t *testing.T) { refused(t, d.SetChatSetup(ctx, ben, c.ID, ChatSetup{Assistant: "stolen"})) },
		"Briefings":    func(t *testing.T) { l, err := d.Briefings(ctx, ben); nothing(t, len(l), err) },
		"AddBriefing": func(t *testing.T) {
			must(d.AddBriefing(ctx, ben, Briefing{Version: "1"}))(t)
			if err := d.DeleteBriefings(ctx, ben); err != nil {
				t.Error(err)
			}
		},
		"DeleteBriefings": func(t *testing.T) {
			if err := d.DeleteBriefings(ctx, ben); err != nil {
				t.Error(err)
			}
		},
		"Chat":        func(t *testing.T) { _, err := d.Chat(ctx, ben, c.ID); refused(t, err) },
		"Chats":       func(t *testing.T) { l, err := d.Chats(ctx, ben, 9, 0); nothing(t, len(l), err) },
		"UpdateChat":  func(t *testing.T) { _, err := d.UpdateChat(ctx, ben, c.ID, ChatUpdate{Title: &title}); refused(t, err) },
		"DeleteChat":  func(t *testing.T) { refused(t, d.DeleteChat(ctx, ben, c.ID)) },
		"RestoreChat": func(t *testing.T) { _, err := d.RestoreChat(ctx, ben, c.ID); refused(t, err) },
		"FindInChats by a word": func(t *testing.T) {
			l, err := d.FindInChats(ctx, ben, ChatSearch{Query: "secret"}, 9)
			nothing(t, len(l), err)
		},
		"FindInChats": func(t *testing.T) {
			l, err := d.FindInChats(ctx, ben, ChatSearch{Query: "secret"}, 9)
			nothing(t, len(l), err)
			l, err = d.FindInChats(ctx, ben, ChatSearch{After: 1}, 9)
			nothing(t, len(l), err)
		},
		"ChatsOn": func(t *testing.T) {
			l, err := d.ChatsOn(ctx, ben, ChatShelf{Loose: true}, 9, 0)
			nothing(t, len(l), err)
		},
		"DuplicateChat": func(t *testing.T) { _, err := d.DuplicateChat(ctx, ben, c.ID, title); refused(t, err) },
		"ChatFolders":   func(t *testing.T) { l, err := d.ChatFolders(ctx, ben); nothing(t, len(l), err) },
		"CreateChatFolder": func(t *testing.T) {
			_, err := d.CreateChatFolder(ctx, ben, ChatFolder{Name: "x", ParentID: shelf.ID})
			refused(t, err)
		},
		"UpdateChatFolder": func(t *testing.T) {
			_, err := d.UpdateChatFolder(ctx, ben, shelf.ID, ChatFolderUpdate{Name: &title})
			refused(t, err)
		},
		"DeleteChatFolder": func(t *testing.T) { refused(t, d.DeleteChatFolder(ctx, ben, shelf.ID)) },
		"AppendMessages": func(t *testing.T) {
			_, err := d.AppendMessages(ctx, ben, c.ID, []Message{{Role: "user"}})
			refused(t, err)
		},
		"UpdateMessage": func(t *testing.T) {
			_, err := d.UpdateMessage(ctx, ben, m.ID, MessageUpdate{Status: &status})
			refused(t, err)
		},
		"Message":     func(t *testing.T) { _, err := d.Message(ctx, ben, m.ID); refused(t, err) },
		"Messages":    func(t *testing.T) { _, err := d.Messages(ctx, ben, c.ID); refused(t, err) },
		"MessageTree": func(t *testing.T) { _, err := d.MessageTree(ctx, ben, c.ID); refused(t, err) },
		"MessagesOf":  func(t *testing.T) { _, err := d.MessagesOf(ctx, ben, c.ID, []string{m.ID}); refused(t, err) },
		"CreateChat": func(t *testing.T) {
			_, err := d.CreateChat(ctx, ben, Chat{CollectionIDs: []string{k.ID}})
			refused(t, err)
			_, err = d.CreateChat(ctx, ben, Chat{PinnedDocumentID: doc.ID})
			refused(t, err)
		},
		"Collections":      func(t *testing.T) { l, err := d.Collections(ctx, ben); nothing(t, len(l), err) },
		"RenameCollection": func(t *testing.T) { _, err := d.RenameCollection(ctx, ben, k.ID, title); refused(t, err) },
		"DeleteCollection": func(t *testing.T) { _, err := d.DeleteCollection(ctx, ben, k.ID); refused(t, err) },
		"AddDocument": func(t *testing.T) {
			_, _, err := d.AddDocument(ctx, ben, Document{Hash: "h"}, k.ID)
			refused(t, err)
		},
		"Document":         func(t *testing.T) { _, err := d.Document(ctx, ben, doc.ID, e5); refused(t, err) },
		"Documents":        func(t *testing.T) { l, n, err := d.Documents(ctx, ben, k.ID, e5, 9, 0); nothing(t, n+len(l), err) },
		"DocumentByOrigin": func(t *testing.T) { _, err := d.DocumentByOrigin(ctx, ben, doc.Name); refused(t, err) },
		"UpdateDocument": func(t *testing.T) {
			_, err := d.UpdateDocument(ctx, ben, doc.ID, DocumentUpdate{Name: &title})
			refused(t, err)
		},
		"DeleteDocument": func(t *testing.T) { _, err := d.DeleteDocument(ctx, ben, doc.ID); refused(t, err) },
		"AddToCollection": func(t *testing.T) {
			refused(t, d.AddToCollection(ctx, ben, doc.ID, k.ID))
			own := must(d.CreateCollection(ctx, ben, "own"))(t)
			refused(t, d.AddToCollection(ctx, ben, doc.ID, own.ID))
			must(d.DeleteCollection(ctx, ben, own.ID))(t)
		},
		"RemoveFromCollection": func(t *testing.T) { _, err := d.RemoveFromCollection(ctx, ben, doc.ID, k.ID); refused(t, err) },
		"DocumentText":         func(t *testing.T) { _, _, err := d.DocumentText(ctx, ben, doc.ID); refused(t, err) },
		"Passages":             func(t *testing.T) { l, err := d.Passages(ctx, ben, ids); nothing(t, len(l), err) },
		"PassagesAround":       func(t *testing.T) { l, err := d.PassagesAround(ctx, ben, doc.ID, 1); nothing(t, len(l), err) },
		"PassagesOf":           func(t *testing.T) { _, err := d.PassagesOf(ctx, ben, doc.ID); refused(t, err) },
		"SearchTerms": func(t *testing.T) {
			l, err := d.SearchTerms(ctx, Scope{OwnerID: ben}, "", []string{"secret"}, 9)
			nothing(t, len(l), err)
		},
		"DocumentsIn": func(t *testing.T) {
			l, err := d.DocumentsIn(ctx, Scope{OwnerID: ben, DocumentIDs: []string{doc.ID}}, 9)
			nothing(t, len(l), err)
		},
		"CountPending": func(t *testing.T) { n, err := d.CountPending(ctx, ben, []string{k.ID}); nothing(t, n, err) },
		"SizesIn": func(t *testing.T) {
			l, err := d.SizesIn(ctx, Scope{OwnerID: ben, DocumentIDs: []string{doc.ID}})
			nothing(t, len(l), err)
		},
		"DocumentNames": func(t *testing.T) {
			l, err := d.DocumentNames(ctx, Scope{OwnerID: ben, CollectionIDs: []string{k.ID}})
			nothing(t, len(l), err)
		},
		"PassageIDs": func(t *testing.T) {
			l, err := d.PassageIDs(ctx, Scope{OwnerID: ben, DocumentIDs: []string{doc.ID}})
			nothing(t, len(l), err)
		},
		"PassageFilter": func(t *testing.T) {
			allow, err := d.PassageFilter(ctx, Scope{OwnerID: ben, DocumentIDs: []string{doc.ID}})
			if err != nil || allow == nil {
				t.Fatal("no filter", err)
			}
			for _, id := range ids {
				if allow(id) {
					t.Errorf("passage %d of another owner passes", id)
				}
			}
		},
		"UpdateCollection": func(t *testing.T) {
			_, err := d.UpdateCollection(ctx, ben, k.ID, CollectionUpdate{Purpose: &title})
			refused(t, err)
		},
		"Transfer": func(t *testing.T) { refused(t, d.Transfer(ctx, ben, []string{doc.ID}, "", k.ID)) },
		"Statistics": func(t *testing.T) {
			_, err := d.Statistics(ctx, ben, k.ID, e5)
			refused(t, err)
			s, err := d.Statistics(ctx, ben, "", e5)
			nothing(t, s.Documents+s.Passages, err)
		},
		"Twins": func(t *testing.T) { l, err := d.Twins(ctx, ben, k.ID, doc.ID, 9); nothing(t, len(l), err) },
		"LinkFolder": func(t *testing.T) {
			_, err := d.LinkFolder(ctx, ben, Folder{CollectionID: k.ID, Path: "/x"})
			refused(t, err)
		},
		"Folder":  func(t *testing.T) { _, err := d.Folder(ctx, ben, f.ID); refused(t, err) },
		"Folders": func(t *testing.T) { l, err := d.Folders(ctx, ben); nothing(t, len(l), err) },
		"UpdateFolder": func(t *testing.T) {
			_, err := d.UpdateFolder(ctx, ben, f.ID, FolderUpdate{Problem: &title})
			refused(t, err)
		},
		"UnlinkFolder": func(t *testing.T) { refused(t, d.UnlinkFolder(ctx, ben, f.ID)) },
		"FolderFiles":  func(t *testing.T) { _, _, err := d.FolderFiles(ctx, ben, f.ID, FilesAll, 9, 0); refused(t, err) },
		"CountFolderFiles": func(t *testing.T) {
			n, err := d.CountFolderFiles(ctx, ben, f.ID)
			nothing(t, n.Indexed+n.Waiting+n.Failed, err)
		},
		"NoteFiles": func(t *testing.T) { refused(t, d.NoteFiles(ctx, ben, f.ID, []FolderFile{{Path: "x"}})) },
		"TakeFiles": func(t *testing.T) {
			_, _, err := d.TakeFiles(ctx, ben, f.ID, []FoundFile{found("x", "y")})
			refused(t, err)
		},
		"MarkGone":        func(t *testing.T) { refused(t, d.MarkGone(ctx, ben, f.ID, nil)) },
		"RemoveGone":      func(t *testing.T) { n, l, err := d.RemoveGone(ctx, ben, 9); nothing(t, n+len(l), err) },
		"ForgetFile":      func(t *testing.T) { refused(t, d.ForgetFile(ctx, ben, f.ID, 1)) },
		"GoldenQuestions": func(t *testing.T) { _, err := d.GoldenQuestions(ctx, ben, k.ID); refused(t, err) },
		"SaveGoldenQuestions": func(t *testing.T) {
			refused(t, d.SaveGoldenQuestions(ctx, ben, k.ID, []GoldenQuestion{{Question: "stolen"}}))
			own := must(d.CreateCollection(ctx, ben, "own"))(t)
			refused(t, d.SaveGoldenQuestions(ctx, ben, own.ID, []GoldenQuestion{{ID: g.ID, Question: "stolen"}}))
			must(d.DeleteCollection(ctx, ben, own.ID))(t)
		},
		"DeleteGoldenQuestion": func(t *testing.T) { refused(t, d.DeleteGoldenQuestion(ctx, ben, g.ID)) },
		"GoldenRuns":           func(t *testing.T) { l, err := d.GoldenRuns(ctx, ben, k.ID, 9); nothing(t, len(l), err) },
		"LastGoldenRun":        func(t *testing.T) { r, err := d.LastGoldenRun(ctx, ben, k.ID); nothing(t, r.Questions, err) },
		"AddGoldenRun": func(t *testing.T) {
			_, err := d.AddGoldenRun(ctx, ben, GoldenRun{CollectionID: k.ID})
			refused(t, err)
		},
		"GoldenStates": func(t *testing.T) { l, err := d.GoldenStates(ctx, ben, e5); nothing(t, len(l), err) },
		"ChatIDs":      func(t *testing.T) { l, err := d.ChatIDs(ctx, ben, ""); nothing(t, len(l), err) },
		"ChatOfAnother": func(t *testing.T) { // says that the id is not free, nothing else
			if taken, err := d.ChatOfAnother(ctx, ben, c.ID); err != nil || !taken {
				t.Errorf("%v %v", taken, err)
			}
		},
		"ImportChat": func(t *testing.T) {
			n, err := d.ImportChat(ctx, ben, ImportedChat{Chat: Chat{ID: c.ID, Title: title}, Instructions: title, Draft: Draft{Text: title}}, []Message{{ID: m.ID, Role: "user"}})
			if n != 0 || err == nil {
				t.Error("a chat of another owner was written", n)
			}
		},
		"Prompts":      func(t *testing.T) { l, err := d.Prompts(ctx, ben); nothing(t, len(l), err) },
		"SavePrompt":   func(t *testing.T) { _, err := d.SavePrompt(ctx, ben, Prompt{ID: pr.ID, Title: title}); refused(t, err) },
		"DeletePrompt": func(t *testing.T) { refused(t, d.DeletePrompt(ctx, ben, pr.ID)) },
		"ImportPrompt": func(t *testing.T) {
			if added, err := d.ImportPrompt(ctx, ben, Prompt{ID: pr.ID, Title: title, Text: title}); added || err != nil {
				t.Errorf("added %v, %v", added, err)
			}
		},
		"ImportAssistant": func(t *testing.T) {
			if added, err := d.ImportAssistant(ctx, ben, Assistant{ID: helper.ID, Profile: json.RawMessage(`"stolen"`)}); added || err != nil {
				t.Errorf("added %v, %v", added, err)
			}
		},
		"ChatInstructions": func(t *testing.T) {
			text, err := d.ChatInstructions(ctx, ben, c.ID)
			nothing(t, len(text), err)
		},
		"SetChatInstructions": func(t *testing.T) { refused(t, d.SetChatInstructions(ctx, ben, c.ID, title)) },
		"Drafts":              func(t *testing.T) { l, err := d.Drafts(ctx, ben); nothing(t, len(l), err) },
		"SaveDraft":           func(t *testing.T) { refused(t, d.SaveDraft(ctx, ben, Draft{ChatID: c.ID, Text: title})) },
		"QueuedQuestions":     func(t *testing.T) { l, err := d.QueuedQuestions(ctx, ben, c.ID); nothing(t, len(l), err) },
		"QueuedQuestion":      func(t *testing.T) { _, err := d.QueuedQuestion(ctx, ben, waiting.ID); refused(t, err) },
		"AddQueuedQuestion": func(t *testing.T) {
			_, err := d.AddQueuedQuestion(ctx, ben, QueuedQuestion{ChatID: c.ID, Request: json.RawMessage(`{}`)})
			refused(t, err)
		},
		"UpdateQueuedQuestion": func(t *testing.T) { refused(t, d.UpdateQueuedQuestion(ctx, ben, waiting.ID, json.RawMessage(`{}`))) },
		"RemoveQueuedQuestion": func(t *testing.T) { refused(t, d.RemoveQueuedQuestion(ctx, ben, waiting.ID)) },
		"ChatStart":            func(t *testing.T) { id, err := d.ChatStart(ctx, ben, c.ID); nothing(t, len(id), err) },
		"SetChatStart":         func(t *testing.T) { refused(t, d.SetChatStart(ctx, ben, c.ID, m.ID)) },
		"CountMarks":           func(t *testing.T) { l, err := d.CountMarks(ctx, ben); nothing(t, len(l), err) },
		"ImageHashes":          func(t *testing.T) { l, err := d.ImageHashes(ctx, ben); nothing(t, len(l), err) },
		"CreateCollection": func(t *testing.T) {
			other, err := d.CreateCollection(ctx, ben, "secret") // the name is free for another owner
			if err != nil || other.ID == k.ID {
				t.Error(other, err)
			}
			must(d.DeleteCollection(ctx, ben, other.ID))(t)
		},
	}
	// These act for the program itself, not for an owner.
	ownerless := map[string]bool{"Open": true, "Close": true, "Path": true, "Backup": true, "Check": true, "Purge": true, "PurgeChats": true,
		"RecoverMessages": true, "PendingDocuments": true, "StoreParsed": true, "ReferencedHashes": true, "Unembedded": true,
		"StoreVectors": true, "EachVector": true, "CountVectors": true, "VectorIDs": true, "VectorsOf": true, "WithoutVector": true, "Settings": true, "SetSetting": true,
		"DeleteSetting": true, "RecordEgress": true, "EgressCount": true, "Reanalyse": true,
		"NextPending": true, "NextUnembedded": true, "HashTexts": true, "HashReferenced": true}
	methods := reflect.TypeFor[*DB]()
	for i := range methods.NumMethod() {
		name := methods.Method(i).Name
		if attempt := attempts[name]; attempt != nil {
			t.Run(name, attempt)
		} else if !ownerless[name] {
			t.Errorf("%s is not tried with another owner", name)
		}
	}
	if after := dump(t, d); after != before {
		t.Errorf("another owner changed something:\n%s\nbefore:\n%s", after, before)
	}
}
