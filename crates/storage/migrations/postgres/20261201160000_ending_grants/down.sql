ALTER TABLE removed_links DROP COLUMN expires_at;
ALTER TABLE grants DROP COLUMN then_role;
ALTER TABLE grants DROP COLUMN expires_at;
