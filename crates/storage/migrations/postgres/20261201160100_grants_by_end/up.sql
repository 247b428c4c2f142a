-- Whoever ends grants looks for those whose time has come: few among many that last.
CREATE INDEX CONCURRENTLY IF NOT EXISTS grants_end ON grants (org_id, expires_at);
