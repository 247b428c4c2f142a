-- People who were made one with another: who they are now. No foreign key to the person: the way from an old id to what
-- became of it stays when the person is gone, as the events do.
CREATE TABLE merged_people (
    org_id    bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    former_id uuid   NOT NULL,
    user_id   uuid   NOT NULL,
    change_id uuid   NOT NULL,
    at        bigint NOT NULL,
    PRIMARY KEY (org_id, former_id)
);
CREATE INDEX merged_people_user ON merged_people (org_id, user_id);

-- Pairs of people of whom an administrator said that they are two.
CREATE TABLE refused_matches (
    org_id     bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    id         uuid   NOT NULL,
    waiting_id uuid   NOT NULL,
    user_id    uuid   NOT NULL,
    at         bigint NOT NULL,
    PRIMARY KEY (org_id, id),
    FOREIGN KEY (org_id, waiting_id) REFERENCES users (org_id, id) ON DELETE CASCADE,
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX refused_matches_pair ON refused_matches (org_id, waiting_id, user_id);
CREATE INDEX refused_matches_user ON refused_matches (org_id, user_id);

-- Of `user.merged` and `user.unmerged` alone.
ALTER TABLE events ADD COLUMN former_id uuid;
ALTER TABLE events ADD COLUMN app_id text COLLATE "C";

-- A person who comes back by an undo has the application's own id again.
ALTER TABLE removed_records ADD COLUMN app_id text COLLATE "C";
