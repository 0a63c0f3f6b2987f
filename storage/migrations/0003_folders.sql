-- Linked folders: documents that are read where they lie. A document stands for
-- its bytes; folder_files says where those bytes lie, so that a moved or copied
-- file is the same document.

CREATE TABLE folders (
  seq           INTEGER PRIMARY KEY AUTOINCREMENT,
  id            TEXT NOT NULL UNIQUE,
  owner_id      TEXT NOT NULL,
  collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  path          TEXT NOT NULL, -- absolute
  include       TEXT NOT NULL DEFAULT '[]', -- JSON list of patterns
  exclude       TEXT NOT NULL DEFAULT '[]',
  paused        INTEGER NOT NULL DEFAULT 0,
  removing      INTEGER NOT NULL DEFAULT 0, -- being unlinked together with its documents
  device        TEXT NOT NULL DEFAULT '', -- file system it lay on when it was last read
  problem       TEXT NOT NULL DEFAULT '', -- code of what keeps it from being read
  skipped       INTEGER NOT NULL DEFAULT 0, -- files of other kinds at the last look
  scanned_at    INTEGER NOT NULL DEFAULT 0,
  created_at    INTEGER NOT NULL,
  UNIQUE (owner_id, collection_id, path)
) STRICT;
CREATE INDEX folders_into ON folders (collection_id);

-- state: waiting (seen, not read yet), taken (it has a document; without one
-- the person took the document out), failed, gone (not there any more; its
-- document goes when no file has the same bytes).
CREATE TABLE folder_files (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  folder     INTEGER NOT NULL REFERENCES folders (seq) ON DELETE CASCADE,
  path       TEXT NOT NULL, -- below the folder's, with slashes; not always UTF-8
  size       INTEGER NOT NULL,
  modified   INTEGER NOT NULL, -- Unix nanoseconds
  document   INTEGER REFERENCES documents (seq) ON DELETE SET NULL,
  state      TEXT NOT NULL,
  error_code TEXT NOT NULL DEFAULT '',
  joined     INTEGER NOT NULL DEFAULT 0, -- the folder put the document into its collection
  UNIQUE (folder, path)
) STRICT;
CREATE INDEX folder_files_of ON folder_files (document);
CREATE INDEX folder_files_gone ON folder_files (seq) WHERE state = 'gone';

ALTER TABLE collections ADD COLUMN purpose TEXT NOT NULL DEFAULT '';
ALTER TABLE collections ADD COLUMN responsible TEXT NOT NULL DEFAULT ''; -- a person's name
ALTER TABLE collections ADD COLUMN retain_until TEXT NOT NULL DEFAULT ''; -- YYYY-MM-DD, '' for ever

ALTER TABLE documents ADD COLUMN modified_at INTEGER NOT NULL DEFAULT 0; -- of the source file, 0 unknown
-- Of the text without its spaces; '' until it was read. Finds copies in other formats.
ALTER TABLE documents ADD COLUMN text_hash TEXT NOT NULL DEFAULT '';
-- Whether a copy in the data folder is still needed.
CREATE INDEX documents_copied ON documents (hash) WHERE linked = 0;
CREATE INDEX documents_by_text ON documents (owner_id, text_hash) WHERE text_hash <> '';

-- What a person added goes before what a linked folder brought.
DROP INDEX documents_pending;
CREATE INDEX documents_pending ON documents (linked, seq) WHERE status IN ('queued', 'parsing');
