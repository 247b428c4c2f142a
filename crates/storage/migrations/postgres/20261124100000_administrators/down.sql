DROP TABLE set_up_links;
DROP TABLE admin_sessions;
DROP TABLE administrators;
