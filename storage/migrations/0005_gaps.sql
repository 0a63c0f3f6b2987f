-- What of a document could not be read: its attachments and members, its pages
-- without text. JSON that app writes and reads, '' for nothing.
ALTER TABLE documents ADD COLUMN gaps TEXT NOT NULL DEFAULT '';
