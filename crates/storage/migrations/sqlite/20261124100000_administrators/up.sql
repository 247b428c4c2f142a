-- Administrators of the console, the browsers that are signed in, and links that let their holder choose a password.

CREATE TABLE administrators (
    org_id       INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id           BLOB    NOT NULL,
    email        TEXT    NOT NULL,
    email_key    TEXT    NOT NULL,
    role         INTEGER NOT NULL,
    password     TEXT, -- Argon2id with its salt and parameters (PHC); absent until one is chosen
    created_at   INTEGER NOT NULL,
    signed_in_at INTEGER,
    disabled_at  INTEGER,
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX administrators_email ON administrators (org_id, email_key);

CREATE TABLE admin_sessions (
    org_id           INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    hash             BLOB    NOT NULL,
    administrator_id BLOB    NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    PRIMARY KEY (org_id, hash),
    FOREIGN KEY (org_id, administrator_id) REFERENCES administrators (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX admin_sessions_administrator ON admin_sessions (org_id, administrator_id);

CREATE TABLE set_up_links (
    org_id           INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    hash             BLOB    NOT NULL,
    administrator_id BLOB, -- absent in the link of the first start, whose holder says who it is
    role             INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    expires_at       INTEGER NOT NULL,
    PRIMARY KEY (org_id, hash),
    FOREIGN KEY (org_id, administrator_id) REFERENCES administrators (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX set_up_links_administrator ON set_up_links (org_id, administrator_id);

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('administrators', 'administrators', '1000 10 1'),
    ('administrators', 'administrators_email', '1000 10 1'),
    ('admin_sessions', 'admin_sessions', '1000 10 1'),
    ('admin_sessions', 'admin_sessions_administrator', '1000 10 2'),
    ('set_up_links', 'set_up_links', '1000 10 1'),
    ('set_up_links', 'set_up_links_administrator', '1000 10 2');
ANALYZE sqlite_schema;
