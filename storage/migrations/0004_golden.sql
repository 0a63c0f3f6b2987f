-- Golden questions: what a collection must answer, and from where. A run looks
-- whether retrieval still finds it.

CREATE TABLE golden_questions (
  id            TEXT PRIMARY KEY,
  owner_id      TEXT NOT NULL,
  collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  question      TEXT NOT NULL,
  document_id   TEXT NOT NULL DEFAULT '', -- not a reference: the document may come back as another one
  document      TEXT NOT NULL DEFAULT '', -- its file name
  place         TEXT NOT NULL DEFAULT '', -- JSON
  answer        TEXT NOT NULL DEFAULT '', -- words that must be in the passage, '' for any
  created_at    INTEGER NOT NULL,
  updated_at    INTEGER NOT NULL
) STRICT;
CREATE INDEX golden_questions_of ON golden_questions (collection_id);

CREATE TABLE golden_runs (
  id            TEXT PRIMARY KEY,
  owner_id      TEXT NOT NULL,
  collection_id TEXT NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
  at            INTEGER NOT NULL,
  reason        TEXT NOT NULL, -- asked, documents, model or questions: what made it run
  state         TEXT NOT NULL, -- of documents, questions and models, to see that nothing moved since
  embedder      TEXT NOT NULL DEFAULT '',
  questions     INTEGER NOT NULL,
  found         INTEGER NOT NULL, -- with the right place among the first three
  first         INTEGER NOT NULL, -- with the right place first
  results       TEXT NOT NULL DEFAULT '[]' -- JSON, by question
) STRICT;
CREATE INDEX golden_runs_of ON golden_runs (collection_id, at);
