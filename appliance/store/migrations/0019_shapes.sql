-- How tracks go from their beginning to their end.

ALTER TABLE library_tracks ADD COLUMN shape BLOB;
ALTER TABLE library_tracks ADD COLUMN course TEXT;
