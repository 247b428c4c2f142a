-- Whoever ends grants looks for those whose time has come: few among many that last.
CREATE INDEX grants_end ON grants (org_id, expires_at);

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES ('grants', 'grants_end', '10000000 10000000 10');
ANALYZE sqlite_schema;
