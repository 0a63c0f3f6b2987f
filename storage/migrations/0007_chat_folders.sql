-- What people sort their chats with. Folders of chats, not to be mixed up with
-- the linked folders of documents; model and collections are what a new chat in
-- the folder begins with.
CREATE TABLE chat_folders (
  id         TEXT PRIMARY KEY,
  owner_id   TEXT NOT NULL,
  parent_id  TEXT NOT NULL DEFAULT '', -- '' at the top
  name       TEXT NOT NULL,
  model      TEXT NOT NULL DEFAULT '',
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX chat_folders_of ON chat_folders (owner_id);

CREATE TABLE chat_folder_collections (
  folder_id     TEXT NOT NULL REFERENCES chat_folders (id) ON DELETE CASCADE,
  collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  position      INTEGER NOT NULL,
  PRIMARY KEY (folder_id, collection_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX chat_folder_collections_used ON chat_folder_collections (collection_id);

CREATE TABLE chat_tags (
  chat_seq INTEGER NOT NULL REFERENCES chats (seq) ON DELETE CASCADE,
  tag      TEXT NOT NULL,
  PRIMARY KEY (chat_seq, tag)
) STRICT, WITHOUT ROWID;

ALTER TABLE chats ADD COLUMN folder_id TEXT NOT NULL DEFAULT '';
ALTER TABLE chats ADD COLUMN pinned_at INTEGER NOT NULL DEFAULT 0;   -- 0: not pinned
ALTER TABLE chats ADD COLUMN archived_at INTEGER NOT NULL DEFAULT 0; -- 0: not archived
CREATE INDEX chats_in_folder ON chats (owner_id, folder_id, updated_at) WHERE folder_id <> '';
CREATE INDEX chats_pinned ON chats (owner_id) WHERE pinned_at <> 0;
CREATE INDEX chats_archived ON chats (owner_id, updated_at) WHERE archived_at <> 0;

-- The search of chats answers while somebody types: the first letters of words
-- need an index of their own, else each of the thousands of words that begin
-- with them is looked up. The old table cannot get one and holds no text, but
-- its words can be read back in their order.
CREATE VIRTUAL TABLE temp.old_words USING fts5vocab(main, messages_fts, instance);
CREATE TABLE temp.old_rows AS
  SELECT doc, coalesce(group_concat(term, ' ' ORDER BY offset) FILTER (WHERE col = 'title'), '') AS title,
    coalesce(group_concat(term, ' ' ORDER BY offset) FILTER (WHERE col = 'body'), '') AS body
  FROM temp.old_words GROUP BY doc;
DROP TABLE temp.old_words;
DROP TABLE messages_fts;
-- rowid = 2 × chats.seq for a title, 2 × messages.seq + 1 for a message.
CREATE VIRTUAL TABLE messages_fts USING fts5 (
  title, body, content='', contentless_delete=1, prefix='3 5',
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co Cn'"
);
INSERT INTO messages_fts (messages_fts, rank) VALUES ('secure-delete', 1);
INSERT INTO messages_fts (rowid, title, body) SELECT doc, title, body FROM temp.old_rows ORDER BY doc;
DROP TABLE temp.old_rows;
