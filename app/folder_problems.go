package app

// Codes about linked folders and collections.
const (
	// Of linked folders: they cannot be linked, or not be read now.
	ProblemFolderMissing    = "folder_missing"
	ProblemFolderUnreadable = "folder_unreadable"
	ProblemFolderEmptied    = "folder_emptied"
	ProblemFolderSilent     = "folder_silent"
	ProblemFolderTooMany    = "folder_too_many"
	ProblemFolderOwnData    = "folder_own_data"
	ProblemFolderLinked     = "folder_linked"
	ProblemSourceMissing    = "source_missing"
	ProblemPattern          = "pattern_invalid"
	ProblemDate             = "date_invalid"
	// NoticeRetention is no failure: a collection's date has passed.
	NoticeRetention = "retention_due"
)

// folderProblems lists them.
func folderProblems() []string {
	return []string{
		ProblemFolderMissing, ProblemFolderUnreadable, ProblemFolderEmptied, ProblemFolderSilent, ProblemFolderTooMany,
		ProblemFolderOwnData, ProblemFolderLinked, ProblemSourceMissing, ProblemPattern, ProblemDate, NoticeRetention,
	}
}
