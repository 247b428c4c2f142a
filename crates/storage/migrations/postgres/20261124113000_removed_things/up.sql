-- What an undo brings back. Written only when something is removed, by the transaction that removes it, and kept for a time.

-- The thing itself. `kind`: 1 a person, 2 a group, 3 a workspace, 4 the settings (before and after).
CREATE TABLE removed_records (
    org_id        bigint   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    change_id     uuid     NOT NULL,
    id            uuid     NOT NULL,
    kind          smallint NOT NULL,
    at            bigint   NOT NULL,
    connection_id uuid,
    version       bigint   NOT NULL,
    created_at    bigint   NOT NULL,
    document      text     COLLATE "C" NOT NULL,
    PRIMARY KEY (org_id, change_id, id)
);
CREATE INDEX removed_records_at ON removed_records (org_id, at);

-- What went with it. `kind`: 1 a member (`id`) of a group (`within_id`), 2 a grant to a person in a workspace, 3 a mapping of a
-- group to `workspace_id`. `detail`: the kind of member, or the mapping's origin.
CREATE TABLE removed_links (
    org_id       bigint   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    change_id    uuid     NOT NULL,
    owner_id     uuid     NOT NULL,
    kind         smallint NOT NULL,
    id           uuid     NOT NULL,
    within_id    uuid     NOT NULL,
    workspace_id uuid,
    role         smallint,
    detail       smallint,
    at           bigint   NOT NULL,
    since        bigint   NOT NULL,
    PRIMARY KEY (org_id, change_id, owner_id, kind, id, within_id)
);
CREATE INDEX removed_links_at ON removed_links (org_id, at);
