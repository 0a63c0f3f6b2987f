-- What stands in the field of a chat and was not sent; chat_seq is NULL for the
-- chat that does not exist yet. images is a JSON array as the program wrote it.
CREATE TABLE drafts (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id   TEXT NOT NULL,
  chat_seq   INTEGER REFERENCES chats (seq) ON DELETE CASCADE,
  text       TEXT NOT NULL,
  images     TEXT NOT NULL DEFAULT '[]',
  updated_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX drafts_of ON drafts (owner_id, coalesce(chat_seq, 0));
CREATE INDEX drafts_chat ON drafts (chat_seq);

-- Questions that wait for the running answer of their chat, in this order. One
-- becomes a message with the same id, so that none is ever asked twice.
CREATE TABLE queued_questions (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  chat_seq   INTEGER NOT NULL REFERENCES chats (seq) ON DELETE CASCADE,
  request    TEXT NOT NULL, -- JSON: text, images and how it shall be answered
  created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX queued_questions_of ON queued_questions (chat_seq);

-- From which question on a chat is sent along with the next one; chats that are
-- sent whole have none.
CREATE TABLE chat_starts (
  chat_seq   INTEGER PRIMARY KEY REFERENCES chats (seq) ON DELETE CASCADE,
  message_id TEXT NOT NULL
) STRICT;

-- Which pictures are still in use is asked every hour.
CREATE INDEX messages_with_images ON messages (seq) WHERE instr(parts, '"type":"image"') > 0;
