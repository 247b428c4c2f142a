-- Ids are the 16 bytes of a UUID, times are milliseconds since 1970, roles are ranks (a higher role has a higher rank).
-- `document` is the resource's own JSON, exactly as it is sent; `search` its folded form, which filters run on.
-- What is long stands last, so that reading the other columns does not touch its pages.

CREATE TABLE orgs (
    id         INTEGER PRIMARY KEY AUTOINCREMENT, -- a number is never given twice
    slug       TEXT    NOT NULL,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    schema_version INTEGER NOT NULL DEFAULT 0 -- counts the changes of schema_extensions
) STRICT;
CREATE UNIQUE INDEX orgs_slug ON orgs (slug);

-- One column per section of the settings, each a JSON object.
CREATE TABLE org_settings (
    org_id  INTEGER PRIMARY KEY REFERENCES orgs (id) ON DELETE CASCADE,
    pattern TEXT    NOT NULL
) STRICT;

CREATE TABLE connections (
    org_id     INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    profile    INTEGER NOT NULL DEFAULT 1, -- 1 compatible, 2 strict
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX connections_name ON connections (org_id, name);

CREATE TABLE schema_extensions (
    org_id        INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    urn           TEXT    NOT NULL, -- in lower case; the document has it as it was written
    resource_type INTEGER NOT NULL, -- 1 User, 2 Group
    required      INTEGER NOT NULL,
    created_at    INTEGER NOT NULL,
    document      TEXT    NOT NULL, -- RFC 7643 §7
    PRIMARY KEY (org_id, urn)
) STRICT, WITHOUT ROWID;

CREATE TABLE scim_tokens (
    org_id        INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id            BLOB    NOT NULL,
    connection_id BLOB    NOT NULL,
    name          TEXT    NOT NULL,
    hash          BLOB    NOT NULL,
    hint          TEXT    NOT NULL,
    created_at    INTEGER NOT NULL,
    expires_at    INTEGER,
    revoked_at    INTEGER,
    last_used_at  INTEGER,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX scim_tokens_hash ON scim_tokens (org_id, hash);

CREATE TABLE api_keys (
    org_id     INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    hash       BLOB    NOT NULL,
    hint       TEXT    NOT NULL,
    role       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    revoked_at INTEGER,
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
-- The key names the organisation, so it is looked up without one.
CREATE UNIQUE INDEX api_keys_hash ON api_keys (hash);

CREATE TABLE users (
    org_id           INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id               BLOB    NOT NULL,
    connection_id    BLOB    NOT NULL,
    active           INTEGER NOT NULL,
    org_role         INTEGER NOT NULL,
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    modified_at      INTEGER NOT NULL,
    user_name        TEXT    NOT NULL,
    user_name_key    TEXT    NOT NULL,
    external_id      TEXT,
    display_name     TEXT    NOT NULL,
    display_name_key TEXT    NOT NULL,
    display_name_composed INTEGER NOT NULL,
    email            TEXT,
    email_key        TEXT,
    document         TEXT    NOT NULL,
    search           TEXT    NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id)
) STRICT;
CREATE UNIQUE INDEX users_user_name ON users (org_id, user_name_key);
-- The connection comes last, so that the index also answers `externalId eq` without knowing it.
-- No index here is partial: where a value could decide whether one applies, SQLite prepares the statement anew each
-- time it runs. Absent values are distinct to a unique index anyway.
CREATE UNIQUE INDEX users_external_id ON users (org_id, external_id, connection_id);
-- The id comes last where a list is read in the order of the index, or in id order among equals.
CREATE INDEX users_display_name ON users (org_id, display_name_key, id);
CREATE INDEX users_modified ON users (org_id, modified_at, id);
CREATE INDEX users_active ON users (org_id, active, id);

-- Every e-mail address in `users.search`, folded, so that a filter finds people by any of theirs. The statements that
-- write `search` keep it; there is no foreign key, which would need an index of its own.
CREATE TABLE user_emails (
    org_id    INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    email_key TEXT    NOT NULL,
    user_id   BLOB    NOT NULL,
    PRIMARY KEY (org_id, email_key, user_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE groups (
    org_id           INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id               BLOB    NOT NULL,
    connection_id    BLOB, -- absent while only an administrator has named it
    version          INTEGER NOT NULL,
    created_at       INTEGER NOT NULL,
    modified_at      INTEGER NOT NULL,
    display_name     TEXT    NOT NULL,
    display_name_key TEXT    NOT NULL,
    external_id      TEXT,
    pattern_key      TEXT, -- the folded workspace that the name asks for
    pattern_role     INTEGER,
    document         TEXT    NOT NULL,
    search           TEXT    NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id)
) STRICT;
CREATE UNIQUE INDEX groups_external_id ON groups (org_id, external_id, connection_id);
CREATE INDEX groups_display_name ON groups (org_id, display_name_key, id);
CREATE INDEX groups_pattern ON groups (org_id, pattern_key);
CREATE INDEX groups_modified ON groups (org_id, modified_at, id);

-- People, and groups that an IdP has pushed, in blocks in id order: how many there are from `first_id` to the next
-- block's. So the place of a page is found without counting rows (`queries/positions`).
CREATE TABLE positions (
    org_id   INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    kind     INTEGER NOT NULL, -- 1 people, 2 pushed groups
    first_id BLOB    NOT NULL,
    count    INTEGER NOT NULL,
    PRIMARY KEY (org_id, kind, first_id)
) STRICT, WITHOUT ROWID;

-- `member_id` is a person (kind 1) or a group (kind 2); it has no foreign key, so deleting either removes these rows.
CREATE TABLE group_members (
    org_id      INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    group_id    BLOB    NOT NULL,
    member_id   BLOB    NOT NULL,
    member_kind INTEGER NOT NULL,
    change_id   BLOB    NOT NULL,
    added_at    INTEGER NOT NULL,
    PRIMARY KEY (org_id, group_id, member_id),
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX group_members_member ON group_members (org_id, member_id, group_id);

CREATE TABLE workspaces (
    org_id     INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         BLOB    NOT NULL,
    name       TEXT    NOT NULL,
    name_key   TEXT    NOT NULL,
    slug       TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX workspaces_slug ON workspaces (org_id, slug);
CREATE UNIQUE INDEX workspaces_name ON workspaces (org_id, name_key);

CREATE TABLE mappings (
    org_id       INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id           BLOB    NOT NULL,
    group_id     BLOB    NOT NULL,
    workspace_id BLOB    NOT NULL,
    role         INTEGER NOT NULL,
    origin       INTEGER NOT NULL, -- 1 an administrator, 2 the group's name
    created_at   INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, workspace_id) REFERENCES workspaces (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX mappings_group ON mappings (org_id, group_id, workspace_id);
CREATE INDEX mappings_workspace ON mappings (org_id, workspace_id);
CREATE INDEX mappings_origin ON mappings (org_id, origin);

CREATE TABLE grants (
    org_id       INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    role         INTEGER NOT NULL,
    given_at     INTEGER NOT NULL,
    PRIMARY KEY (org_id, workspace_id, user_id),
    FOREIGN KEY (org_id, workspace_id) REFERENCES workspaces (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX grants_user ON grants (org_id, user_id);

-- No cascade from a person or a workspace: what takes a membership away also writes its event.
CREATE TABLE memberships (
    org_id       INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    workspace_id BLOB    NOT NULL,
    user_id      BLOB    NOT NULL,
    role         INTEGER NOT NULL,
    PRIMARY KEY (org_id, workspace_id, user_id),
    FOREIGN KEY (org_id, workspace_id) REFERENCES workspaces (org_id, id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX memberships_user ON memberships (org_id, user_id);

-- No foreign keys but one: the record of what happened outlives what it happened to.
CREATE TABLE events (
    org_id              INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    seq                 INTEGER NOT NULL,
    kind                TEXT    NOT NULL,
    at                  INTEGER NOT NULL,
    change_id           BLOB    NOT NULL,
    actor_kind          INTEGER NOT NULL, -- 1 an IdP, 2 an API key, 3 the operator
    actor_id            BLOB,             -- the token or the key
    actor_connection_id BLOB,
    user_id             BLOB,
    group_id            BLOB,
    workspace_id        BLOB,
    mapping_id          BLOB,
    old_role            INTEGER,
    new_role            INTEGER,
    subject             TEXT,
    PRIMARY KEY (org_id, seq)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_change ON events (org_id, change_id);

-- What the planner believes: rows in the index, then how many share the first column, the first two, … Fixed for the
-- organisation that hurts (a million people, long groups), so that a plan never depends on what is in the file. Mappings
-- and grants are given more rows than they will have: thinking them few, the planner would read all of them first to
-- build a Bloom filter, for the sake of one person.
ANALYZE;
DELETE FROM sqlite_stat1;
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('orgs', 'orgs_slug', '100 1'),
    ('connections', 'connections', '100 2 1'),
    ('connections', 'connections_name', '100 2 1'),
    ('schema_extensions', 'schema_extensions', '100 5 1'),
    ('scim_tokens', 'scim_tokens', '1000 10 1'),
    ('scim_tokens', 'scim_tokens_hash', '1000 10 1'),
    ('api_keys', 'api_keys', '1000 10 1'),
    ('api_keys', 'api_keys_hash', '1000 1'),
    ('users', 'sqlite_autoindex_users_1', '1000000 1000000 1'),
    ('users', 'users_user_name', '1000000 1000000 1'),
    ('users', 'users_external_id', '1000000 1000000 1 1'),
    ('users', 'users_display_name', '1000000 1000000 2 1'),
    ('users', 'users_modified', '1000000 1000000 10 1'),
    ('users', 'users_active', '1000000 1000000 500000 1'),
    ('user_emails', 'user_emails', '1000000 1000000 2 1'),
    ('groups', 'sqlite_autoindex_groups_1', '10000 10000 1'),
    ('groups', 'groups_external_id', '10000 10000 1 1'),
    ('groups', 'groups_display_name', '10000 10000 2 1'),
    ('groups', 'groups_pattern', '10000 10000 2'),
    ('groups', 'groups_modified', '10000 10000 10 1'),
    ('positions', 'positions', '1000 1000 900 1'),
    ('group_members', 'group_members', '10000000 10000000 1000 1'),
    ('group_members', 'group_members_member', '10000000 10000000 10 1'),
    ('workspaces', 'workspaces', '1000 1000 1'),
    ('workspaces', 'workspaces_slug', '1000 1000 1'),
    ('workspaces', 'workspaces_name', '1000 1000 1'),
    ('mappings', 'mappings', '10000000 10000000 1'),
    ('mappings', 'mappings_group', '10000000 10000000 2 1'),
    ('mappings', 'mappings_workspace', '10000000 10000000 100'),
    ('mappings', 'mappings_origin', '10000000 10000000 5000000'),
    ('grants', 'grants', '10000000 10000000 100 1'),
    ('grants', 'grants_user', '10000000 10000000 2'),
    ('memberships', 'memberships', '10000000 10000000 10000 1'),
    ('memberships', 'memberships_user', '10000000 10000000 10'),
    ('events', 'events', '10000000 10000000 1'),
    ('events', 'events_change', '10000000 10000000 2');
-- This connection, too, plans with them from now on.
ANALYZE sqlite_schema;
