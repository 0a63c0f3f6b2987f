-- One row: how many deletions have left traces (terms that the full-text
-- tables only mark as deleted, pages in the log) that Purge has not removed
-- yet. In the file, because the program may end before it gets there.
CREATE TABLE erasure (
  pending INTEGER NOT NULL
) STRICT;
INSERT INTO erasure (pending) VALUES (0);
