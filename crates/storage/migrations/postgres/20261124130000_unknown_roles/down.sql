ALTER TABLE users DROP COLUMN unknown_role;
