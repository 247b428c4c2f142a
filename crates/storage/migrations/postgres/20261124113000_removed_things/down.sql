DROP TABLE removed_links;
DROP TABLE removed_records;
