ALTER TABLE removed_records DROP COLUMN app_id;
ALTER TABLE events DROP COLUMN app_id;
ALTER TABLE events DROP COLUMN former_id;
DROP TABLE refused_matches;
DROP TABLE merged_people;
