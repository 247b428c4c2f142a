-- The finding about words that are no roles. Most people have none.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_unknown_role ON users (org_id, unknown_role, id);
