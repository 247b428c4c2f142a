-- What an explanation, a plan, a guard and a look back need. A column with a constant default rewrites no row.

ALTER TABLE workspaces ADD COLUMN archived_at bigint;
-- How many people are in it: counting them would cost as much as there are. It stands first, so that meanwhile no other table
-- is kept from those who write.
ALTER TABLE workspaces ADD COLUMN people bigint NOT NULL DEFAULT 0;
UPDATE workspaces SET people = m.people
FROM (SELECT org_id, workspace_id, count(*) AS people FROM memberships GROUP BY org_id, workspace_id) m
WHERE m.org_id = workspaces.org_id AND m.workspace_id = workspaces.id;

ALTER TABLE org_settings ADD COLUMN rules text COLLATE "C" NOT NULL DEFAULT '[]'; -- regular expressions on group names
ALTER TABLE org_settings ADD COLUMN guard text COLLATE "C" NOT NULL DEFAULT '{}';

ALTER TABLE connections ADD COLUMN switches  text COLLATE "C" NOT NULL DEFAULT '{}';
ALTER TABLE connections ADD COLUMN paused_at bigint;

-- `org_role` is the outcome; this is what the person's own `roles` say. Absent: the same.
ALTER TABLE users ADD COLUMN given_role smallint;
-- The connection trusts none of the person's e-mail domains, so nothing that speaks for the person counts.
ALTER TABLE users ADD COLUMN outside boolean NOT NULL DEFAULT false;
-- The directory removed the person while a hold kept the access: SCIM shows no such person any more.
ALTER TABLE users ADD COLUMN gone_at bigint;

ALTER TABLE mappings ADD COLUMN paused_at bigint;
ALTER TABLE mappings ADD COLUMN change_id uuid;
ALTER TABLE grants ADD COLUMN change_id uuid;

-- Group → organisation role.
CREATE TABLE role_mappings (
    org_id     bigint   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         uuid     NOT NULL,
    group_id   uuid     NOT NULL,
    role       smallint NOT NULL,
    created_at bigint   NOT NULL,
    paused_at  bigint,
    change_id  uuid,
    FOREIGN KEY (org_id, group_id) REFERENCES groups (org_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX role_mappings_group ON role_mappings (org_id, group_id);
ALTER TABLE role_mappings ADD PRIMARY KEY (org_id, id);

-- People whose access the directory took away and who keep it for now.
CREATE TABLE holds (
    org_id    bigint   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id   uuid     NOT NULL,
    reason    smallint NOT NULL, -- 1 the mass-removal brake, 2 the last owner, 3 grace time, 4 a connection that never removes
    kept      boolean  NOT NULL, -- false waits for a review, true an administrator or a switch said to keep it
    since     bigint   NOT NULL,
    until     bigint,            -- ends by itself then
    change_id uuid     NOT NULL,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE INDEX holds_until ON holds (org_id, until);

-- Who lost access by the directory of late, for the brake; empty while it is off.
CREATE TABLE recent_removals (
    org_id  bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id uuid   NOT NULL,
    at      bigint NOT NULL,
    PRIMARY KEY (org_id, user_id)
);
CREATE INDEX recent_removals_at ON recent_removals (org_id, at);
