-- People who were made one with another: who they are now. No foreign key to the person: the way from an old id to what
-- became of it stays when the person is gone, as the events do.
CREATE TABLE merged_people (
    org_id    INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    former_id BLOB    NOT NULL,
    user_id   BLOB    NOT NULL,
    change_id BLOB    NOT NULL,
    at        INTEGER NOT NULL,
    PRIMARY KEY (org_id, former_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX merged_people_user ON merged_people (org_id, user_id);

-- Pairs of people of whom an administrator said that they are two.
CREATE TABLE refused_matches (
    org_id     INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         BLOB    NOT NULL,
    waiting_id BLOB    NOT NULL,
    user_id    BLOB    NOT NULL,
    at         INTEGER NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, waiting_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX refused_matches_pair ON refused_matches (org_id, waiting_id, user_id);
CREATE INDEX refused_matches_user ON refused_matches (org_id, user_id);

-- Of `user.merged` and `user.unmerged` alone.
ALTER TABLE events ADD COLUMN former_id BLOB;
ALTER TABLE events ADD COLUMN app_id TEXT;

-- A person who comes back by an undo has the application's own id again.
ALTER TABLE removed_records ADD COLUMN app_id TEXT;

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('merged_people', 'merged_people', '10000000 10000000 1'),
    ('merged_people', 'merged_people_user', '10000000 10000000 1'),
    ('refused_matches', 'refused_matches', '1000000 1000000 1'),
    ('refused_matches', 'refused_matches_pair', '1000000 1000000 1 1'),
    ('refused_matches', 'refused_matches_user', '1000000 1000000 1');
ANALYZE sqlite_schema;
