-- What is to be forwarded: rows that name items, written in the transaction that stores them.
-- An id is never used twice, for a dead letter keeps the id of its parcel.

CREATE TABLE spool (
    id          INTEGER PRIMARY KEY AUTOINCREMENT,
    upstream    TEXT NOT NULL,
    project     TEXT NOT NULL,
    envelope_id INTEGER NOT NULL,
    parts       TEXT NOT NULL,
    size        INTEGER NOT NULL,
    queued_at   INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    by_hand     INTEGER NOT NULL,
    chain       TEXT NOT NULL
);
CREATE INDEX spool_by_upstream ON spool (upstream, id);
CREATE INDEX spool_that_waits ON spool (upstream, due_at) WHERE due_at > 0;

CREATE TABLE dead_letters (
    id          INTEGER PRIMARY KEY,
    upstream    TEXT NOT NULL,
    project     TEXT NOT NULL,
    envelope_id INTEGER NOT NULL,
    parts       TEXT NOT NULL,
    size        INTEGER NOT NULL,
    queued_at   INTEGER NOT NULL,
    due_at      INTEGER NOT NULL,
    by_hand     INTEGER NOT NULL,
    chain       TEXT NOT NULL,
    died_at     INTEGER NOT NULL,
    status      INTEGER NOT NULL,
    reason      TEXT NOT NULL,
    detail      TEXT NOT NULL
);
CREATE INDEX dead_letters_by_upstream ON dead_letters (upstream, id);

-- The bounds are kept without counting rows.
CREATE TABLE spool_totals (
    upstream  TEXT PRIMARY KEY,
    envelopes INTEGER NOT NULL,
    bytes     INTEGER NOT NULL
) WITHOUT ROWID;
CREATE TRIGGER spool_grows AFTER INSERT ON spool BEGIN
    INSERT INTO spool_totals VALUES (new.upstream, 1, new.size) ON CONFLICT DO UPDATE
        SET envelopes = envelopes + 1, bytes = bytes + new.size;
END;
CREATE TRIGGER spool_shrinks AFTER DELETE ON spool BEGIN
    UPDATE spool_totals SET envelopes = envelopes - 1, bytes = bytes - old.size
        WHERE upstream = old.upstream;
END;
CREATE TRIGGER spool_changes AFTER UPDATE OF size ON spool BEGIN
    UPDATE spool_totals SET bytes = bytes - old.size + new.size WHERE upstream = old.upstream;
END;

-- Events that an upstream has, so that it does not get them again.
CREATE TABLE forwarded (
    upstream TEXT NOT NULL,
    event_id BLOB NOT NULL,
    at       INTEGER NOT NULL,
    PRIMARY KEY (upstream, event_id)
) WITHOUT ROWID;
CREATE INDEX forwarded_by_time ON forwarded (at);

-- `reported` is how much of the quantity client reports have told the upstream.
CREATE TABLE forward_ledger (
    upstream TEXT NOT NULL,
    project  TEXT NOT NULL,
    category TEXT NOT NULL,
    fate     TEXT NOT NULL,
    reason   TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    reported INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (upstream, project, category, fate, reason)
) WITHOUT ROWID;

-- Settings of upstreams that were made while the server ran, and what is remembered of each.
CREATE TABLE upstreams (
    name     TEXT PRIMARY KEY,
    settings TEXT NOT NULL DEFAULT '',
    state    TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;

-- By which a relay knows what it has forwarded itself.
INSERT INTO marks VALUES ('instance', abs(random() >> 1));
