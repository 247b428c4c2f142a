-- Lists of people by role: there are few owners among a million.
CREATE INDEX CONCURRENTLY IF NOT EXISTS users_role ON users (org_id, org_role, id);
