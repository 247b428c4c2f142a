-- What identity providers asked and were answered: the provisioning log. A row's id is the request's, which events carry
-- as `change_id`; it begins with the time (UUID version 7), so that the key is the order in time. Kept for some days only.
-- No foreign keys but one: the log outlives what it tells of.
CREATE TABLE scim_requests (
    org_id        INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id            BLOB    NOT NULL,
    at            INTEGER NOT NULL,
    connection_id BLOB,
    token_id      BLOB,             -- also of a refused one that this organisation once made
    refused       INTEGER,          -- why nobody was let in; absent for those who were
    failed        INTEGER NOT NULL, -- the answer was 400 or above
    status        INTEGER NOT NULL,
    method        TEXT    NOT NULL,
    path          TEXT    NOT NULL,
    query         TEXT,
    scim_type     TEXT,
    detail        TEXT,
    duration_us   INTEGER NOT NULL,
    remote        TEXT,
    user_agent    TEXT,
    idp           TEXT,
    resource_type INTEGER,          -- 1 User, 2 Group
    resource_id   BLOB,
    name          TEXT,             -- userName or displayName, as far as the request or the directory told it
    name_key      TEXT,
    request_body  TEXT,             -- redacted
    response_body TEXT,             -- redacted; of errors only
    PRIMARY KEY (org_id, id)
) STRICT;
CREATE INDEX scim_requests_resource ON scim_requests (org_id, resource_id, id);
CREATE INDEX scim_requests_name ON scim_requests (org_id, name_key, id);
CREATE INDEX scim_requests_failed ON scim_requests (org_id, failed, id);
CREATE INDEX scim_requests_token ON scim_requests (org_id, token_id, id);

INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('scim_requests', 'sqlite_autoindex_scim_requests_1', '10000000 10000000 1'),
    ('scim_requests', 'scim_requests_resource', '10000000 10000000 20 1'),
    ('scim_requests', 'scim_requests_name', '10000000 10000000 20 1'),
    ('scim_requests', 'scim_requests_failed', '10000000 10000000 5000000 1'),
    ('scim_requests', 'scim_requests_token', '10000000 10000000 2000000 1');
ANALYZE sqlite_schema;
