package app

// Gaps is what could not be read of a document that was read otherwise.
type Gaps struct {
	// Parts are attachments and members of archives, each with its problem;
	// Args has its name.
	Parts []Problem `json:"parts"`
	// PagesWithoutText are pages, from 1, that show no text, such as scans that
	// nobody recognised.
	PagesWithoutText []int `json:"pagesWithoutText"`
}
