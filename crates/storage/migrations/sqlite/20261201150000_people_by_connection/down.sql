DROP INDEX users_connection;
