-- Several events, each with its dates and its look; stages that can be paused, closed and put in order.
-- Events that are there were open to dancers; stages keep the order in which they were made.
ALTER TABLE events ADD COLUMN phase TEXT NOT NULL DEFAULT 'published';
ALTER TABLE events ADD COLUMN zone TEXT NOT NULL DEFAULT 'UTC';
ALTER TABLE events ADD COLUMN starts_ms INTEGER;
ALTER TABLE events ADD COLUMN ends_ms INTEGER;
ALTER TABLE events ADD COLUMN capacity INTEGER;
ALTER TABLE events ADD COLUMN accent TEXT;

ALTER TABLE stages ADD COLUMN doors TEXT NOT NULL DEFAULT 'open';
ALTER TABLE stages ADD COLUMN capacity INTEGER;
ALTER TABLE stages ADD COLUMN place INTEGER NOT NULL DEFAULT 0;

CREATE INDEX stages_of_event ON stages (event_id, place);
