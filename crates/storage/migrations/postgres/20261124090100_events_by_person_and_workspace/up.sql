-- History is read from the events: what a person ever had, who was ever in a workspace.
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_user ON events (org_id, user_id, seq);
CREATE INDEX CONCURRENTLY IF NOT EXISTS events_workspace ON events (org_id, workspace_id, seq);
