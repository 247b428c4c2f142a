-- What an explanation, a plan, a guard and a look back need.

ALTER TABLE org_settings ADD COLUMN rules TEXT NOT NULL DEFAULT '[]'; -- regular expressions on group names
ALTER TABLE org_settings ADD COLUMN guard TEXT NOT NULL DEFAULT '{}';

ALTER TABLE connections ADD COLUMN switches  TEXT NOT NULL DEFAULT '{}';
ALTER TABLE connections ADD COLUMN paused_at INTEGER;

-- `org_role` is the outcome; this is what the person's own `roles` say. Absent: the same.
ALTER TABLE users ADD COLUMN given_role INTEGER;
-- 1: the connection trusts none of the person's e-mail domains, so nothing that speaks for the person counts.
ALTER TABLE users ADD COLUMN outside INTEGER NOT NULL DEFAULT 0;
-- The directory removed the person while a hold kept the access: SCIM shows no such person any more.
ALTER TABLE users ADD COLUMN gone_at INTEGER;

ALTER TABLE workspaces ADD COLUMN archived_at INTEGER;
-- How many people are in it: counting them would cost as much as there are.
ALTER TABLE workspaces ADD COLUMN people INTEGER NOT NULL DEFAULT 0;
UPDATE workspaces SET people = (
    SELECT count(*) FROM memberships m WHERE m.org_id = workspaces.org_id AND m.workspace_id = workspaces.id
);

ALTER TABLE mappings ADD COLUMN paused_at INTEGER;
ALTER TABLE mappings ADD COLUMN change_id BLOB;
ALTER TABLE grants ADD COLUMN change_id BLOB;

-- Group → organisation role.
CREATE TABLE role_mappings (
    org_id     INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         BLOB    NOT NULL,
    group_id   BLOB    NOT NULL,
    role       INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    paused_at  INTEGER,
    change_id  BLOB,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX role_mappings_group ON role_mappings (org_id, group_id);

-- People whose access the directory took away and who keep it for now.
CREATE TABLE holds (
    org_id    INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id   BLOB    NOT NULL,
    reason    INTEGER NOT NULL, -- 1 the mass-removal brake, 2 the last owner, 3 grace time, 4 a connection that never removes
    kept      INTEGER NOT NULL, -- 0 waits for a review, 1 an administrator or a switch said to keep it
    since     INTEGER NOT NULL,
    until     INTEGER,          -- ends by itself then
    change_id BLOB    NOT NULL,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE INDEX holds_until ON holds (org_id, until);

-- Who lost access by the directory of late, for the brake; empty while it is off.
CREATE TABLE recent_removals (
    org_id  INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id BLOB    NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recent_removals_at ON recent_removals (org_id, at);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('role_mappings', 'role_mappings', '10000000 10000000 1'),
    ('role_mappings', 'role_mappings_group', '10000000 10000000 1'),
    ('holds', 'holds', '10000000 10000000 1'),
    ('holds', 'holds_until', '10000000 10000000 10'),
    ('recent_removals', 'recent_removals', '1000000 1000000 1'),
    ('recent_removals', 'recent_removals_at', '1000000 1000000 10');
ANALYZE sqlite_schema;
