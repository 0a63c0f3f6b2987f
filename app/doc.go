// Package app is what Kontor can do: chats, documents, models, settings and
// status as services over one typed method table and one stream of events.
//
// It is the only package that knows llm, localrag and storage together; it
// translates between them and maps their errors to sentences for people. It
// knows no window, no HTTP and no terminal: the shells in app/desktop and
// app/edge serve its table.
package app
