// Package folder looks at a folder of documents: which files are in it by given
// rules, and when something in it may have changed.
//
// It is a leaf: it knows no document, no database and no format, and it changes
// nothing on the disk. A look is the truth; events are only hints to look again,
// because systems drop them, and network shares send none for what others do.
package folder
