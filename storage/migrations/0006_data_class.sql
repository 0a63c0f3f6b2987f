-- How closely a collection is kept: public, internal or confidential; '' for
-- what the settings say.
ALTER TABLE collections ADD COLUMN data_class TEXT NOT NULL DEFAULT '';
