package folder

// maxWatched is how many folders are watched in one tree: here every file of a
// watched folder is held open, and a process may have some thousands.
const maxWatched = 64
