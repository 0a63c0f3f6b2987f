//go:build !darwin

package folder

// maxWatched is how many folders are watched in one tree. Linux allows an
// account some ten thousand watches in all, shared with its other programs.
const maxWatched = 4000
