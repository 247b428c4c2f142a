DROP INDEX grants_end;
