-- What identity providers asked and were answered: the provisioning log. A row's id is the request's, which events carry
-- as `change_id`; it begins with the time (UUID version 7), so that the key is the order in time. Kept for some days only.
-- No foreign keys but one: the log outlives what it tells of.
CREATE TABLE scim_requests (
    org_id        bigint   NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id            uuid     NOT NULL,
    at            bigint   NOT NULL,
    connection_id uuid,
    token_id      uuid,              -- also of a refused one that this organisation once made
    refused       smallint,          -- why nobody was let in; absent for those who were
    failed        boolean  NOT NULL, -- the answer was 400 or above
    status        smallint NOT NULL,
    method        text     COLLATE "C" NOT NULL,
    path          text     COLLATE "C" NOT NULL,
    query         text     COLLATE "C",
    scim_type     text     COLLATE "C",
    detail        text     COLLATE "C",
    duration_us   bigint   NOT NULL,
    remote        text     COLLATE "C",
    user_agent    text     COLLATE "C",
    idp           text     COLLATE "C",
    resource_type smallint,          -- 1 User, 2 Group
    resource_id   uuid,
    name          text     COLLATE "C", -- userName or displayName, as far as the request or the directory told it
    name_key      text     COLLATE "C",
    request_body  text     COLLATE "C", -- redacted
    response_body text     COLLATE "C", -- redacted; of errors only
    PRIMARY KEY (org_id, id)
);
CREATE INDEX scim_requests_resource ON scim_requests (org_id, resource_id, id);
CREATE INDEX scim_requests_name ON scim_requests (org_id, name_key, id);
CREATE INDEX scim_requests_failed ON scim_requests (org_id, failed, id);
CREATE INDEX scim_requests_token ON scim_requests (org_id, token_id, id);
