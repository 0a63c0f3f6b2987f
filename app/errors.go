package app

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"kontor/llm"
	"kontor/localrag"
	"kontor/storage"
)

// Codes of problems that arise in this package; the packages below have their
// own, which [AsError] keeps. Each has problem.<code>.message and
// problem.<code>.hint in the text catalogue.
const (
	ProblemInternal        = "internal"
	ProblemBadRequest      = "bad_request"
	ProblemUnknownMethod   = "unknown_method"
	ProblemNotAllowed      = "not_allowed"
	ProblemCancelled       = "cancelled"
	ProblemNoModel         = "no_model"
	ProblemNoEmbedder      = "no_embedder"
	ProblemQuestionEmpty   = "question_empty"
	ProblemQuestionTooLong = "question_too_long"
	ProblemChatBusy        = "chat_busy"
	ProblemAnswerLost      = "answer_lost"
	ProblemSettingLocked   = "setting_locked"
	ProblemSettingInvalid  = "setting_invalid"
	ProblemPolicyBroken    = "policy_broken"
	ProblemNoFiles         = "no_files"
	ProblemFileChanged     = "file_changed"
	ProblemOriginalMissing = "original_missing"
	ProblemOpenFailed      = "open_failed"
	ProblemLinkRefused     = "link_refused"
	ProblemNameEmpty       = "name_empty"
	ProblemOwnerElsewhere  = "owner_elsewhere"
	ProblemSessionUnknown  = "session_unknown"
	ProblemTooLargeUpload  = "upload_too_large"
	ProblemClosing         = "closing"
	ProblemExternalDown    = "external_down"
	ProblemWholeTooLong    = "whole_too_long"
	ProblemSurveyChanged   = "survey_changed"
	ProblemNoTable         = "no_table"
	ProblemTableTooLarge   = "table_too_large"
	ProblemTableUnknown    = "table_unknown"
	ProblemTableValue      = "table_value"
	ProblemTableColumn     = "table_column"
	ProblemTableNoQuery    = "table_no_query"
	ProblemTableNeedsModel = "table_needs_model"
	ProblemTooManyFolders  = "too_many_folders"
	ProblemOpenNeedsWindow = "open_needs_window"
)

// Problems lists the codes of this package.
func Problems() []string {
	return slices.Concat(vectorProblems(), folderProblems(), qualityProblems(), providerProblems(), promptProblems(), assistantProblems(), briefingProblems(), transferProblems(), temporaryProblems(), gettingProblems(), packProblems(), modelPlaceProblems(), composingProblems(), imageProblems(), dictationProblems(), versionProblems(), []string{
		ProblemInternal, ProblemBadRequest, ProblemUnknownMethod, ProblemNotAllowed, ProblemCancelled, ProblemNoModel,
		ProblemNoEmbedder, ProblemQuestionEmpty, ProblemQuestionTooLong, ProblemChatBusy, ProblemAnswerLost,
		ProblemSettingLocked, ProblemSettingInvalid, ProblemPolicyBroken, ProblemNoFiles, ProblemFileChanged,
		ProblemOriginalMissing, ProblemOpenFailed, ProblemLinkRefused, ProblemNameEmpty, ProblemOwnerElsewhere, ProblemSessionUnknown,
		ProblemTooLargeUpload, ProblemClosing, ProblemExternalDown, ProblemWholeTooLong,
		ProblemSurveyChanged, ProblemNoTable, ProblemTableTooLarge, ProblemTableUnknown, ProblemTableValue,
		ProblemTableColumn, ProblemTableNoQuery, ProblemTableNeedsModel, ProblemTooManyFolders, ProblemOpenNeedsWindow, ProblemEmbedderUnknown,
	})
}

// Error is a failure with two audiences: Code and Args become a sentence and a
// next step for people, Cause goes to the log. It never holds content.
type Error struct {
	Code  string
	Args  map[string]string
	Cause error
}

// Error implements error; the text is for logs.
func (e *Error) Error() string {
	if e.Cause == nil {
		return e.Code
	}
	return e.Code + ": " + e.Cause.Error()
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.Cause }

// Problem is the part of the error that people see.
func (e *Error) Problem() Problem { return Problem{Code: e.Code, Args: e.Args} }

// AsError finds the code of any error: its own, that of a lower package, or
// "internal".
func AsError(err error) *Error {
	var own *Error
	if errors.As(err, &own) {
		return own
	}
	if code := llm.CodeOf(err); code != "" {
		return &Error{Code: string(code), Args: roomArgs(err), Cause: err}
	}
	if code := localrag.CodeOf(err); code != "" {
		return &Error{Code: string(code), Cause: err}
	}
	if code := storage.CodeOf(err); code != "" {
		return &Error{Code: storedProblem(code), Cause: err}
	}
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return &Error{Code: ProblemCancelled, Cause: err}
	}
	return &Error{Code: ProblemInternal, Cause: err}
}

// roomArgs are the figures of a disk with too little room.
func roomArgs(err error) map[string]string {
	var room *llm.RoomError
	if !errors.As(err, &room) {
		return nil
	}
	return map[string]string{"need_bytes": strconv.FormatInt(room.Need, 10), "free_bytes": strconv.FormatInt(room.Free, 10)}
}

// storedProblem is a code of storage as people meet it. A damaged database and
// a damaged document are different sentences.
func storedProblem(code storage.Code) string {
	if code == storage.CodeCorrupt {
		return "database_corrupt"
	}
	return string(code)
}

// problemOf is AsError for records that carry a problem.
func problemOf(err error) *Problem {
	if err == nil {
		return nil
	}
	p := AsError(err).Problem()
	return &p
}
