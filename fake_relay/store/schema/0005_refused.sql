-- Requests that got no 200, so that it can be told why an event is missing. `start` is the sum
-- of the weights of all before: with the id it bounds what is kept without a count of the rows.
-- The body is the last column: lists do not read the pages that it fills.

CREATE TABLE refused (
    id          INTEGER PRIMARY KEY,
    start       INTEGER NOT NULL,
    received_at INTEGER NOT NULL,
    method      TEXT NOT NULL,
    path        TEXT NOT NULL,
    query       TEXT NOT NULL,
    door        TEXT NOT NULL,
    project     TEXT NOT NULL,
    public_key  TEXT NOT NULL,
    status      INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    detail      TEXT NOT NULL,
    causes      TEXT NOT NULL,
    remote_addr TEXT NOT NULL,
    user_agent  TEXT NOT NULL,
    client      TEXT NOT NULL,
    headers     TEXT NOT NULL,
    coding      TEXT NOT NULL,
    wire_size   INTEGER NOT NULL,
    kept        INTEGER NOT NULL,
    wire        BLOB NOT NULL
);
CREATE INDEX refused_by_project ON refused (project, id);

INSERT INTO marks VALUES ('last_refused', 0), ('refused_through', 0), ('refused_evicted', 0);
