package app

import (
	"context"
	"path/filepath"
	"time"

	"kontor/storage"
)

// view is a folder as people see it.
func (s *FolderService) view(ctx context.Context, record storage.Folder) (Folder, error) {
	n, err := s.app.db.CountFolderFiles(ctx, record.OwnerID, record.ID)
	if err != nil {
		return Folder{}, err
	}
	view := Folder{
		ID: record.ID, CollectionID: record.CollectionID, Path: record.Path, Name: filepath.Base(record.Path),
		Include: orEmpty(record.Include), Exclude: orEmpty(record.Exclude), Paused: record.Paused,
		Indexed: n.Indexed, Waiting: n.Waiting, Failed: n.Failed, LeftOut: n.LeftOut, Skipped: record.Skipped, ScannedAt: record.ScannedAt,
		State: "waiting", Problem: folderProblem(record),
	}
	if w := s.worker(record.ID); w != nil {
		view.State, view.RescanOnly = w.look()
	}
	if view.State == "paused" {
		view.State = "waiting" // the worker has not heard yet that it goes on
	}
	switch {
	case record.Removing:
		view.State = "removing"
	case record.Paused:
		view.State = "paused"
	case view.Problem != nil:
		view.State = "problem"
	case view.State == "synced" && n.Waiting > 0:
		view.State = "reading"
	}
	return view, nil
}

func orEmpty(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}

// folderProblem is the standing problem of a folder, nil for none.
func folderProblem(record storage.Folder) *Problem {
	if record.Problem == "" || record.Paused || record.Removing {
		return nil
	}
	return &Problem{Code: record.Problem, Args: map[string]string{"name": record.Path}}
}

func folderFileView(f storage.FolderFile) FolderFile {
	view := FolderFile{ID: f.Seq, Path: f.Path, Bytes: f.Size, ModifiedAt: f.Modified / 1e6, DocumentID: f.DocumentID, Status: "waiting"}
	switch {
	case f.State == storage.FileFailed, f.State == storage.FileTaken && f.DocumentStatus == storage.DocumentFailed:
		view.Status = "failed"
		view.Problem = &Problem{Code: f.ErrorCode, Args: map[string]string{"name": filepath.Base(f.Path)}}
	case f.State == storage.FileWaiting:
	case f.DocumentStatus == "", f.DocumentStatus == storage.DocumentCancelled:
		view.Status = "left_out"
	case f.DocumentStatus == storage.DocumentReady, f.DocumentStatus == storage.DocumentSearchable:
		view.Status = "indexed"
	}
	return view
}

// problems of linked folders, for the status.
func (s *FolderService) problems(ctx context.Context) []Problem {
	records, err := s.app.db.Folders(ctx, s.app.owner.OwnerID)
	if err != nil {
		return nil
	}
	var list []Problem
	for _, record := range records {
		if p := folderProblem(record); p != nil {
			list = append(list, *p)
		}
	}
	return list
}

// touch asks for the list of folders to be published; at most once a second.
func (s *FolderService) touch() { poke(s.moved) }

func (s *FolderService) publishLoop(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-s.moved:
		}
		if list, err := s.List(ctx, s.app.owner, Empty{}); err == nil {
			s.app.bus.Publish(Event{FoldersMoved: &list})
		}
		sleep(ctx, time.Second)
	}
}
