-- Setup links: each opens the Connect wizard of one connection, until it expires or is revoked.
CREATE TABLE connect_links (
    org_id        bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id            uuid   NOT NULL,
    connection_id uuid   NOT NULL,
    name          text   COLLATE "C" NOT NULL,
    hash          bytea  NOT NULL,
    hint          text   COLLATE "C" NOT NULL,
    created_at    bigint NOT NULL,
    expires_at    bigint NOT NULL,
    revoked_at    bigint,
    opened_at     bigint, -- the last time; absent until somebody followed the link
    FOREIGN KEY (org_id, connection_id) REFERENCES connections (org_id, id) ON DELETE CASCADE
);
CREATE INDEX connect_links_connection ON connect_links (org_id, connection_id);
CREATE UNIQUE INDEX connect_links_hash ON connect_links (org_id, hash);
ALTER TABLE connect_links ADD PRIMARY KEY (org_id, id);
