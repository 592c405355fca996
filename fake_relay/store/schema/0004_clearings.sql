-- Projects that were cleared, and up to which ids: nobody sees those any more, and they are
-- removed in steps behind the answers.
CREATE TABLE clearings (
    project   TEXT PRIMARY KEY,
    items     INTEGER NOT NULL,
    envelopes INTEGER NOT NULL
) WITHOUT ROWID;

-- Terms went with a sweep before; now they go with their item, by terms_by_item.
DELETE FROM terms WHERE NOT EXISTS (SELECT 1 FROM items WHERE items.id = terms.item_id);
DELETE FROM marks WHERE name = 'unswept';
