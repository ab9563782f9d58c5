-- Nothing is to be done: PostgreSQL's index finds beginnings of any length.
SELECT 1;
