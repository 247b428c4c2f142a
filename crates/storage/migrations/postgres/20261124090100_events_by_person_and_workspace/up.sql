-- History is read from the events: what a person ever had, who was ever in a workspace.
CREATE INDEX events_user ON events (org_id, user_id, seq);
CREATE INDEX events_workspace ON events (org_id, workspace_id, seq);
