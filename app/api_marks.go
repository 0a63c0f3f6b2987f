package app

// MarkCounts is how often a person marked answers, by the model that wrote
// them. It is counted on this computer and goes nowhere.
type MarkCounts struct {
	Models []ModelMarks `json:"models"`
}

// ModelMarks are the marks of one model's answers.
type ModelMarks struct {
	Model string `json:"model"` // as its answers name it
	Good  int    `json:"good"`
	Bad   int    `json:"bad"`
}
