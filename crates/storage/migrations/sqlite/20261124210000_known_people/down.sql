DROP TABLE known_people;
