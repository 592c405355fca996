-- What an item has of one term: searches by wildcard, for presence, and their negations walk
-- the items and ask this of each. Items are indexed in their order, so it grows at its end.
CREATE INDEX terms_by_item ON terms (item_id, key);
