-- Lists of the people of one connection: one may own few of a million.
CREATE INDEX users_connection ON users (org_id, connection_id, id);

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('users', 'users_connection', '1000000 1000000 300000 1');
ANALYZE sqlite_schema;
