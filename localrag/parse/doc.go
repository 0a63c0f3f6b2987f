// Package parse turns files into text with places: one file per format behind
// one table of formats.
//
// Files are hostile until proven otherwise. A [Pool] in the program therefore
// hands each file to a worker process ([WorkerMain]) that has given up its
// rights before it sees the first byte, and kills the worker at a limit. The
// parsers themselves ([Reader]) read memory only: no file, no network.
//
// The package knows localrag's types and nothing else of the program: not how
// processes are started, not where documents are kept, no database, no model.
package parse

// Version is the ParserVersion of every document made here. It changes
// whenever the same bytes may give other text.
const Version = 3
