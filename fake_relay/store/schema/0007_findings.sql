-- What was found wrong with items, by which settings: those of their project's scrubbing and of
-- the checks. Items are judged behind the answers, so an item without a row was not judged yet,
-- and one without findings is clean.
CREATE TABLE judged (
    item_id  INTEGER PRIMARY KEY,
    settings TEXT NOT NULL
);

CREATE TABLE findings (
    item_id  INTEGER NOT NULL,
    place    INTEGER NOT NULL,
    code     TEXT NOT NULL,
    severity TEXT NOT NULL,
    path     TEXT NOT NULL,
    message  TEXT NOT NULL,
    detail   TEXT NOT NULL,
    PRIMARY KEY (item_id, place)
) WITHOUT ROWID;
