-- A role by hand that is for a time: when it ends, and the role that is left then, which is less. Lasting ones have neither.
ALTER TABLE grants ADD COLUMN expires_at INTEGER;
ALTER TABLE grants ADD COLUMN then_role INTEGER;

-- The same of grants that went with a person or a workspace; `detail` says which role would have been left.
ALTER TABLE removed_links ADD COLUMN expires_at INTEGER;
