package app

// askTable answers from a spreadsheet.
func (j *answering) askTable() error { return &Error{Code: ProblemNoTable} }
