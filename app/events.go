package app

// Event is one entry of the stream that windows and pages follow. Exactly the
// field named like Type is set; Seq grows by one. The union is closed: a new
// kind needs a new field here and its case in the one consumer of the UI.
type Event struct {
	Seq  int64  `json:"seq"`
	Type string `json:"type" ts:"EventType"`

	AnswerStarted    *AnswerStarted   `json:"answerStarted,omitempty"`
	AnswerPassages   *AnswerPassages  `json:"answerPassages,omitempty"`
	AnswerProgress   *AnswerProgress  `json:"answerProgress,omitempty"`
	AnswerDelta      *AnswerDelta     `json:"answerDelta,omitempty"`
	AnswerSentences  *AnswerSentences `json:"answerSentences,omitempty"`
	AnswerWork       *AnswerWork      `json:"answerWork,omitempty"`
	AnswerEnded      *AnswerEnded     `json:"answerEnded,omitempty"`
	ChatChanged      *Chat            `json:"chatChanged,omitempty"`
	ChatRemoved      *ByID            `json:"chatRemoved,omitempty"`
	DocumentChanged  *Document        `json:"documentChanged,omitempty"`
	DocumentRemoved  *ByID            `json:"documentRemoved,omitempty"`
	CollectionsMoved *Collections     `json:"collectionsMoved,omitempty"` // the whole list
	ChatFoldersMoved *ChatFolders     `json:"chatFoldersMoved,omitempty"` // the whole list
	ChatQueueMoved   *ChatQueue       `json:"chatQueueMoved,omitempty"`   // the whole queue of a chat
	StatusChanged    *Status          `json:"statusChanged,omitempty"`
	SettingsChanged  *Settings        `json:"settingsChanged,omitempty"`
	FoldersMoved     *Folders         `json:"foldersMoved,omitempty"` // the whole list
	ImportMoved      *ImportMoved     `json:"importMoved,omitempty"`
	FilesDropped     *FilesDropped    `json:"filesDropped,omitempty"` // window only
	// FilesOpened says that files wait that the program was opened with.
	FilesOpened *Empty `json:"filesOpened,omitempty"`
	// DesktopMoved and Summoned come from the window only.
	DesktopMoved *Desktop  `json:"desktopMoved,omitempty"`
	Summoned     *Summoned `json:"summoned,omitempty"`
}

// AnswerStarted says that an answer began in a chat.
type AnswerStarted struct {
	Question *Message `json:"question,omitempty"` // nil when only the answer is new
	Answer   Message  `json:"answer"`
	// Continued says that the answer was there and is gone on with.
	Continued bool `json:"continued,omitempty"`
}

// AnswerPassages brings the numbered passages, before the model starts.
type AnswerPassages struct {
	MessageID string    `json:"messageId"`
	Mode      string    `json:"mode" ts:"Message['mode']"`
	Passages  []Passage `json:"passages"`
	// LookedUp is that of the [Message].
	LookedUp string `json:"lookedUp,omitempty"`
}

// AnswerProgress says what an answer waits for.
type AnswerProgress struct {
	MessageID string `json:"messageId"`
	Phase     string `json:"phase" ts:"NonNullable<Message['phase']>"`
	Percent   int    `json:"percent"`
}

// AnswerDelta adds text. Offset is the length, in UTF-16 code units, of the
// text before it, so that a repeated delta does no harm.
type AnswerDelta struct {
	MessageID string `json:"messageId"`
	Offset    int    `json:"offset"`
	Text      string `json:"text"`
	Reasoning string `json:"reasoning,omitempty"`
}

// AnswerSentences replaces the sentences known so far.
type AnswerSentences struct {
	MessageID string     `json:"messageId"`
	Sentences []Sentence `json:"sentences"`
}

// AnswerEnded carries the final message; it is never dropped.
type AnswerEnded struct {
	Message Message `json:"message"`
	Chat    Chat    `json:"chat"`
}

// FilesDropped names files that fell on the window.
type FilesDropped struct {
	Paths []string `json:"paths"`
}
