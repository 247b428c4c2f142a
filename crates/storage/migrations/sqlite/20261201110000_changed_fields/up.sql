-- The fields of a thing that an event changed, before and after, as JSON; an undo reads it. Events of before have none.
ALTER TABLE events ADD COLUMN changed TEXT;
