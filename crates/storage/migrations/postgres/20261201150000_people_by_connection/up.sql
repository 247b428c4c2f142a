-- Lists of the people of one connection: one may own few of a million.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_connection ON users (org_id, connection_id, id);
