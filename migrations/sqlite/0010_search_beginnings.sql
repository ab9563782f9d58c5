-- The index has the beginnings of words up to four letters in lists of their own. One that it has not is put together
-- from all words that begin so, which takes too long for what is often said. The index is made anew.

DROP TRIGGER search_docs_gone;
DROP TABLE search_index;
DELETE FROM search_docs;
DELETE FROM search_marks;

CREATE VIRTUAL TABLE search_index USING fts5 (
    words, content = '', contentless_delete = 1, prefix = '1 2 3 4', tokenize = "ascii tokenchars '@#&+'"
);

CREATE TRIGGER search_docs_gone AFTER DELETE ON search_docs
BEGIN DELETE FROM search_index WHERE rowid = old.id; END;
