-- The finding about words that are no roles. Most people have none.
CREATE INDEX users_unknown_role ON users (org_id, unknown_role, id);

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('users', 'users_unknown_role', '1000000 1000000 100000 1');
ANALYZE sqlite_schema;
