-- History is read from the events: what a person ever had, who was ever in a workspace.
CREATE INDEX events_user ON events (org_id, user_id, seq);
CREATE INDEX events_workspace ON events (org_id, workspace_id, seq);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('events', 'events_user', '10000000 10000000 10 1'),
    ('events', 'events_workspace', '10000000 10000000 10000 1');
ANALYZE sqlite_schema;
