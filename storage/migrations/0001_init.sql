-- Times are Unix milliseconds UTC. Ids are UUIDv7 text; the integer keys (seq)
-- exist for joins and for the full-text tables, which know integers only.
-- AUTOINCREMENT: an integer key is never given to another row again, so an
-- index that is a little behind can never show the wrong text.

CREATE TABLE chats (
  seq                INTEGER PRIMARY KEY AUTOINCREMENT,
  id                 TEXT NOT NULL UNIQUE,
  owner_id           TEXT NOT NULL,
  title              TEXT NOT NULL DEFAULT '',
  title_source       TEXT NOT NULL DEFAULT '',
  model              TEXT NOT NULL DEFAULT '',
  active_leaf        TEXT NOT NULL DEFAULT '',
  pinned_document_id TEXT NOT NULL DEFAULT '',
  analyser_version   INTEGER NOT NULL DEFAULT 0, -- of the title's full-text row, 0: none
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  deleted_at         INTEGER NOT NULL DEFAULT 0
) STRICT;
CREATE INDEX chats_listed ON chats (owner_id, deleted_at, updated_at);

CREATE TABLE messages (
  seq              INTEGER PRIMARY KEY AUTOINCREMENT,
  id               TEXT NOT NULL UNIQUE,
  chat_seq         INTEGER NOT NULL REFERENCES chats (seq) ON DELETE CASCADE,
  parent_id        TEXT NOT NULL DEFAULT '', -- '' for the root of a tree
  role             TEXT NOT NULL,
  status           TEXT NOT NULL,
  parts            TEXT NOT NULL DEFAULT '[]', -- JSON; citations hold their own snapshot
  model            TEXT NOT NULL DEFAULT '',
  digest           TEXT NOT NULL DEFAULT '',
  mode             TEXT NOT NULL DEFAULT '',
  facts            TEXT NOT NULL DEFAULT '',
  analyser_version INTEGER NOT NULL DEFAULT 0, -- of the full-text row, 0: none
  created_at       INTEGER NOT NULL,
  updated_at       INTEGER NOT NULL
) STRICT;
CREATE INDEX messages_of_chat ON messages (chat_seq);
CREATE INDEX messages_running ON messages (seq) WHERE status = 'running';

CREATE TABLE collections (
  id         TEXT PRIMARY KEY,
  owner_id   TEXT NOT NULL,
  name       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  UNIQUE (owner_id, name)
) STRICT;

CREATE TABLE chat_collections (
  chat_seq      INTEGER NOT NULL REFERENCES chats (seq) ON DELETE CASCADE,
  collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  PRIMARY KEY (chat_seq, collection_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_collections_used ON chat_collections (collection_id);

CREATE TABLE documents (
  seq            INTEGER PRIMARY KEY AUTOINCREMENT,
  id             TEXT NOT NULL UNIQUE,
  owner_id       TEXT NOT NULL,
  name           TEXT NOT NULL DEFAULT '',
  title          TEXT NOT NULL DEFAULT '',
  origin         TEXT NOT NULL DEFAULT '',
  linked         INTEGER NOT NULL DEFAULT 0,
  hash           TEXT NOT NULL DEFAULT '',
  bytes          INTEGER NOT NULL DEFAULT 0,
  format         TEXT NOT NULL DEFAULT '',
  pages          INTEGER NOT NULL DEFAULT 0,
  language       TEXT NOT NULL DEFAULT '',
  status         TEXT NOT NULL,
  error_code     TEXT NOT NULL DEFAULT '',
  version        INTEGER NOT NULL DEFAULT 0,
  parser_version INTEGER NOT NULL DEFAULT 0,
  passages       INTEGER NOT NULL DEFAULT 0,
  created_at     INTEGER NOT NULL,
  updated_at     INTEGER NOT NULL
) STRICT;
CREATE INDEX documents_by_hash ON documents (owner_id, hash);
CREATE INDEX documents_by_origin ON documents (owner_id, origin) WHERE origin <> '';
CREATE INDEX documents_pending ON documents (seq) WHERE status IN ('queued', 'parsing');

-- What each indexing of a document was made from and with; no content.
CREATE TABLE document_versions (
  document         INTEGER NOT NULL REFERENCES documents (seq) ON DELETE CASCADE,
  version          INTEGER NOT NULL,
  hash             TEXT NOT NULL,
  bytes            INTEGER NOT NULL,
  pages            INTEGER NOT NULL,
  passages         INTEGER NOT NULL,
  parser_version   INTEGER NOT NULL,
  chunker_version  INTEGER NOT NULL,
  analyser_version INTEGER NOT NULL,
  created_at       INTEGER NOT NULL,
  PRIMARY KEY (document, version)
) STRICT, WITHOUT ROWID;

-- Apart from documents, so that listing them does not read their text.
CREATE TABLE document_texts (
  document INTEGER PRIMARY KEY REFERENCES documents (seq) ON DELETE CASCADE,
  text     TEXT NOT NULL,
  blocks   TEXT NOT NULL DEFAULT ''
) STRICT;

CREATE TABLE collection_documents (
  collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  document      INTEGER NOT NULL REFERENCES documents (seq) ON DELETE CASCADE,
  added_at      INTEGER NOT NULL,
  PRIMARY KEY (collection_id, document)
) STRICT, WITHOUT ROWID;
CREATE INDEX collection_documents_of ON collection_documents (document);

CREATE TABLE passages (
  id               INTEGER PRIMARY KEY AUTOINCREMENT,
  document         INTEGER NOT NULL REFERENCES documents (seq) ON DELETE CASCADE,
  version          INTEGER NOT NULL,
  ordinal          INTEGER NOT NULL,
  language         TEXT NOT NULL DEFAULT '',
  parser_version   INTEGER NOT NULL,
  chunker_version  INTEGER NOT NULL,
  analyser_version INTEGER NOT NULL, -- of the full-text row
  start            INTEGER NOT NULL, -- byte offsets into document_texts.text
  "end"            INTEGER NOT NULL,
  heading          TEXT NOT NULL DEFAULT '',
  location         TEXT NOT NULL DEFAULT '', -- JSON
  text             TEXT NOT NULL
) STRICT;
CREATE INDEX passages_of_document ON passages (document, ordinal);
CREATE INDEX passages_analysed ON passages (analyser_version);

-- Runs of consecutive passages of one document and language. A parse stores its
-- passages together, so a few rows describe a document: a search turns its
-- scope into ranges of ids instead of looking up each passage it matched.
CREATE TABLE passage_runs (
  first    INTEGER PRIMARY KEY,
  last     INTEGER NOT NULL,
  document INTEGER NOT NULL REFERENCES documents (seq) ON DELETE CASCADE,
  language TEXT NOT NULL
) STRICT;
CREATE INDEX passage_runs_of ON passage_runs (document);

CREATE TABLE embedders (
  id         INTEGER PRIMARY KEY,
  digest     TEXT NOT NULL,
  scheme     TEXT NOT NULL,
  dimensions INTEGER NOT NULL,
  UNIQUE (digest, scheme)
) STRICT;

-- A rowid table, not WITHOUT ROWID: a row of an index tree may hold only a
-- quarter of a page, so 1.5 KB vectors would all live on overflow pages.
CREATE TABLE vectors (
  passage_id  INTEGER NOT NULL REFERENCES passages (id) ON DELETE CASCADE,
  embedder_id INTEGER NOT NULL REFERENCES embedders (id),
  vector      BLOB NOT NULL, -- float32, little-endian
  UNIQUE (passage_id, embedder_id)
) STRICT;

-- Vectors per document, kept in the transactions that write them: a list of
-- documents with their progress must not count 50,000 rows.
CREATE TABLE embedded (
  document    INTEGER NOT NULL REFERENCES documents (seq) ON DELETE CASCADE,
  embedder_id INTEGER NOT NULL REFERENCES embedders (id),
  vectors     INTEGER NOT NULL,
  PRIMARY KEY (document, embedder_id)
) STRICT, WITHOUT ROWID;

-- Both full-text tables hold terms from our own analyser, separated by spaces;
-- the tokenizer only splits. Contentless: the text is stored once, elsewhere.
CREATE VIRTUAL TABLE passages_fts USING fts5 (
  heading, body, content='', contentless_delete=1,
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co Cn'"
);
-- rowid = 2 × chats.seq for a title, 2 × messages.seq + 1 for a message.
CREATE VIRTUAL TABLE messages_fts USING fts5 (
  title, body, content='', contentless_delete=1,
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co Cn'"
);
INSERT INTO passages_fts (passages_fts, rank) VALUES ('secure-delete', 1);
INSERT INTO messages_fts (messages_fts, rank) VALUES ('secure-delete', 1);

CREATE TABLE settings (
  key   TEXT PRIMARY KEY,
  value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

-- Every connection that was allowed or refused; hosts, never content.
CREATE TABLE egress (
  seq     INTEGER PRIMARY KEY AUTOINCREMENT,
  at      INTEGER NOT NULL,
  host    TEXT NOT NULL,
  port    INTEGER NOT NULL,
  allowed INTEGER NOT NULL,
  purpose TEXT NOT NULL
) STRICT;
