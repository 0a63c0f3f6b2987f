-- Assistants that people made; those of the program and of an organisation are
-- files. The profile is JSON: what is in it is the program's affair.
CREATE TABLE assistants (
  seq        INTEGER PRIMARY KEY AUTOINCREMENT,
  id         TEXT NOT NULL UNIQUE,
  owner_id   TEXT NOT NULL,
  profile    TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL
) STRICT;
CREATE INDEX assistants_listed ON assistants (owner_id);

-- The assistant a chat was started with, as it was then, and parameters of the
-- chat's own; both JSON, '' for none. Apart from chats: most have neither.
CREATE TABLE chat_setups (
  chat_seq     INTEGER PRIMARY KEY REFERENCES chats (seq) ON DELETE CASCADE,
  assistant_id TEXT NOT NULL DEFAULT '',
  assistant    TEXT NOT NULL DEFAULT '',
  parameters   TEXT NOT NULL DEFAULT ''
) STRICT;

-- That a person went through a briefing. Answers are not kept.
CREATE TABLE briefings (
  seq          INTEGER PRIMARY KEY AUTOINCREMENT,
  owner_id     TEXT NOT NULL,
  version      TEXT NOT NULL,
  language     TEXT NOT NULL,
  completed_at INTEGER NOT NULL
) STRICT;
CREATE INDEX briefings_listed ON briefings (owner_id);
