-- Setup links: each opens the Connect wizard of one connection, until it expires or is revoked.
CREATE TABLE connect_links (
    org_id        INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id            BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    name          TEXT    NOT NULL,
    hash          BLOB    NOT NULL,
    hint          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    revoked_at    INTEGER,
    opened_at     INTEGER, -- the last time; absent until somebody followed the link
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX connect_links_hash ON connect_links (org_id, hash);
CREATE INDEX connect_links_connection ON connect_links (org_id, connection_id);

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('connect_links', 'sqlite_autoindex_connect_links_1', '1000 10 1'),
    ('connect_links', 'connect_links_hash', '1000 10 1'),
    ('connect_links', 'connect_links_connection', '1000 10 5');
ANALYZE sqlite_schema;
