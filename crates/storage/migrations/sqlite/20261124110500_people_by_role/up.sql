-- Lists of people by role: there are few owners among a million.
CREATE INDEX users_role ON users (org_id, org_role, id);

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('users', 'users_role', '1000000 1000000 300000 1');
ANALYZE sqlite_schema;
