DROP INDEX users_unknown_role;
