ALTER TABLE events DROP COLUMN changed;
