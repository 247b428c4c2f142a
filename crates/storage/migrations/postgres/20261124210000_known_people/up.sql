-- People who were there before a directory pushed them, and the application's own ids of them.
CREATE TABLE known_people (
    org_id  bigint NOT NULL REFERENCES orgs (id) ON DELETE CASCADE,
    user_id uuid   NOT NULL,
    app_id  text   COLLATE "C", -- absent where it is the person's id, or was not said
    since   bigint NOT NULL,
    PRIMARY KEY (org_id, user_id),
    FOREIGN KEY (org_id, user_id) REFERENCES users (org_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX known_people_app_id ON known_people (org_id, app_id);
