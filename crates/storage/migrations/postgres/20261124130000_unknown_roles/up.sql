-- A word in `roles` that is no role. Who was there before gets it with the next change of the record.
ALTER TABLE users ADD COLUMN unknown_role text COLLATE "C";
