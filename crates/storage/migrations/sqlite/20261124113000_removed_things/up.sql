-- What an undo brings back. Written only when something is removed, by the transaction that removes it, and kept for a time.

-- The thing itself. `kind`: 1 a person, 2 a group, 3 a workspace, 4 the settings (before and after).
CREATE TABLE removed_records (
    org_id        INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    change_id     BLOB    NOT NULL,
    id            BLOB    NOT NULL,
    kind          INTEGER NOT NULL,
    at            INTEGER NOT NULL,
    connection_id BLOB,
    version       INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    document      TEXT    NOT NULL,
    PRIMARY KEY (org_id, change_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX removed_records_at ON removed_records (org_id, at);

-- What went with it. `kind`: 1 a member (`id`) of a group (`within_id`), 2 a grant to a person in a workspace, 3 a mapping of a
-- group to `workspace_id`. `detail`: the kind of member, or the mapping's origin.
CREATE TABLE removed_links (
    org_id       INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    change_id    BLOB    NOT NULL,
    owner_id     BLOB    NOT NULL,
    kind         INTEGER NOT NULL,
    id           BLOB    NOT NULL,
    within_id    BLOB    NOT NULL,
    workspace_id BLOB,
    role         INTEGER,
    detail       INTEGER,
    at           INTEGER NOT NULL,
    since        INTEGER NOT NULL,
    PRIMARY KEY (org_id, change_id, owner_id, kind, id, within_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX removed_links_at ON removed_links (org_id, at);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('removed_records', 'removed_records', '1000000 1000000 10 1'),
    ('removed_records', 'removed_records_at', '1000000 1000000 10'),
    ('removed_links', 'removed_links', '10000000 10000000 100 10 5 1 1'),
    ('removed_links', 'removed_links_at', '10000000 10000000 100');
ANALYZE sqlite_schema;
