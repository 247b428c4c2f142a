DROP INDEX events_workspace;
DROP INDEX events_user;
