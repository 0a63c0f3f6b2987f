-- Names of the documents that an answer rests on, for the search; rowid =
-- messages.seq. Apart from messages_fts, so that a search in messages does not
-- walk over them.
CREATE VIRTUAL TABLE sources_fts USING fts5 (
  names, content='', contentless_delete=1,
  tokenize="unicode61 remove_diacritics 0 categories 'L* M* N* P* S* Co Cn'"
);
INSERT INTO sources_fts (sources_fts, rank) VALUES ('secure-delete', 1);

-- As analyser_version, for the row of sources_fts; -1: not looked at yet.
ALTER TABLE messages ADD COLUMN sources_version INTEGER NOT NULL DEFAULT 0;
UPDATE messages SET sources_version = -1 WHERE instr(parts, '"citation"') > 0;

-- What a person thinks of an answer: 1 good, -1 bad, 0 nothing. It follows the
-- part of the message that says so.
ALTER TABLE messages ADD COLUMN mark INTEGER NOT NULL DEFAULT 0;
CREATE INDEX messages_marked ON messages (mark, created_at) WHERE mark <> 0;
