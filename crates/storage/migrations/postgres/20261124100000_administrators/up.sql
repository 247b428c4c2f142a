-- Administrators of the console, the browsers that are signed in, and links that let their holder choose a password.

CREATE TABLE administrators (
    org_id       bigint   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id           uuid     NOT NULL,
    email        text     COLLATE "C" NOT NULL,
    email_key    text     COLLATE "C" NOT NULL,
    role         smallint NOT NULL,
    password     text     COLLATE "C", -- Argon2id with its salt and parameters (PHC); absent until one is chosen
    created_at   bigint   NOT NULL,
    signed_in_at bigint,
    disabled_at  bigint
);
CREATE UNIQUE INDEX administrators_email ON administrators (org_id, email_key);
ALTER TABLE administrators ADD PRIMARY KEY (org_id, id);

CREATE TABLE admin_sessions (
    org_id           bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    hash             bytea  NOT NULL,
    administrator_id uuid   NOT NULL,
    created_at       bigint NOT NULL,
    expires_at       bigint NOT NULL,
    PRIMARY KEY (org_id, hash),
    FOREIGN KEY (org_id, administrator_id) REFERENCES administrators (org_id, id) ON DELETE CASCADE
);
CREATE INDEX admin_sessions_administrator ON admin_sessions (org_id, administrator_id);

CREATE TABLE set_up_links (
    org_id           bigint   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    hash             bytea    NOT NULL,
    administrator_id uuid, -- absent in the link of the first start, whose holder says who it is
    role             smallint NOT NULL,
    created_at       bigint   NOT NULL,
    expires_at       bigint   NOT NULL,
    PRIMARY KEY (org_id, hash),
    FOREIGN KEY (org_id, administrator_id) REFERENCES administrators (org_id, id) ON DELETE CASCADE
);
CREATE INDEX set_up_links_administrator ON set_up_links (org_id, administrator_id);
