package app

// SpeedTestRequest measures one installed model.
type SpeedTestRequest struct {
	Model string `json:"model"`
}

// SpeedRuns is what was measured, newest first.
type SpeedRuns struct {
	Runs []SpeedRun `json:"runs"`
}

// SpeedRun is one measurement of a model on this computer.
type SpeedRun struct {
	Model string `json:"model"`
	At    int64  `json:"at"` // milliseconds since 1970
	// PromptRate is how fast it reads, AnswerRate how fast it writes, in tokens
	// per second; an embedder only reads.
	PromptRate float64 `json:"promptRate"`
	AnswerRate float64 `json:"answerRate"`
	OnBattery  bool    `json:"onBattery"`
}

// PreloadRequest brings the model of a chat ("": of a new one) into memory.
type PreloadRequest struct {
	ChatID string `json:"chatId"`
}
