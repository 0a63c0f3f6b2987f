-- Prompts that people wrote themselves; those that come with the program are files.
CREATE TABLE prompts (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  owner_id   TEXT NOT NULL,
  title      TEXT NOT NULL,
  about      TEXT NOT NULL DEFAULT '',
  text       TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX prompts_listed ON prompts (owner_id);

-- What the model is told in one chat, beside the question. Apart from chats:
-- most have none.
CREATE TABLE chat_instructions (
  chat_seq INTEGER PRIMARY KEY REFERENCES chats (seq) ON DELETE CASCADE,
  text     TEXT NOT NULL
) STRICT;
