-- What a token is good for: 1 users.read, 2 users.write, 4 groups.read, 8 groups.write. All of it, where nothing was said.
ALTER TABLE scim_tokens ADD COLUMN scopes INTEGER NOT NULL DEFAULT 15;
