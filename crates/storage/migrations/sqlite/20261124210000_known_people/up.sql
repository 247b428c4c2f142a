-- People who were there before a directory pushed them, and the application's own ids of them.
CREATE TABLE known_people (
    org_id  INTEGER NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id BLOB    NOT NULL,
    app_id  TEXT, -- absent where it is the person's id, or was not said
    since   INTEGER NOT NULL,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX known_people_app_id ON known_people (org_id, app_id);

-- See the end of the first migration.
INSERT INTO sqlite_stat1 (tbl, idx, stat) VALUES
    ('known_people', 'known_people', '1000000 1000000 1'),
    ('known_people', 'known_people_app_id', '1000000 1000000 1');
ANALYZE sqlite_schema;
