-- A key for a device has a name for it, and what is not used any more can be told.

ALTER TABLE dj_tokens ADD COLUMN device TEXT NOT NULL DEFAULT '';
ALTER TABLE dj_tokens ADD COLUMN used_up_ms INTEGER;
ALTER TABLE dj_tokens ADD COLUMN used_ms INTEGER;
