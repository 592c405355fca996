-- Bodies stand apart, so that the tables that lists read stay narrow.
-- Times are microseconds since 1970; ids of events and traces are 16 bytes.

CREATE TABLE projects (
    project    TEXT PRIMARY KEY,
    created_at INTEGER NOT NULL,
    items      INTEGER NOT NULL DEFAULT 0,
    envelopes  INTEGER NOT NULL DEFAULT 0
) WITHOUT ROWID;

CREATE TABLE project_keys (
    project    TEXT NOT NULL,
    public_key TEXT NOT NULL,
    PRIMARY KEY (project, public_key)
) WITHOUT ROWID;

CREATE TABLE envelopes (
    id               INTEGER PRIMARY KEY,
    project          TEXT NOT NULL,
    public_key       TEXT NOT NULL,
    event_id         BLOB,
    received_at      INTEGER NOT NULL,
    remote_addr      TEXT NOT NULL,
    user_agent       TEXT NOT NULL,
    client           TEXT NOT NULL,
    door             TEXT NOT NULL,
    content_encoding TEXT NOT NULL,
    wire_size        INTEGER NOT NULL,
    size             INTEGER NOT NULL,
    headers          BLOB NOT NULL,
    item_types       TEXT NOT NULL,
    spotlight        INTEGER NOT NULL,
    tolerated        TEXT NOT NULL
);

-- wire is the body as it came, unless it came uncompressed and `packed` says how it was
-- compressed here; envelope is set where a door made the envelope from something else.
CREATE TABLE bodies (
    envelope_id INTEGER PRIMARY KEY,
    packed      TEXT NOT NULL,
    wire        BLOB NOT NULL,
    envelope    BLOB
);

CREATE TABLE items (
    id          INTEGER PRIMARY KEY,
    envelope_id INTEGER NOT NULL,
    project     TEXT NOT NULL,
    type        TEXT NOT NULL,
    event_id    BLOB,
    trace_id    BLOB,
    received_at INTEGER NOT NULL,
    timestamp   INTEGER,
    duration    REAL,
    level       TEXT NOT NULL,
    title       TEXT NOT NULL,
    count       INTEGER NOT NULL,
    start       INTEGER NOT NULL,
    size        INTEGER NOT NULL,
    outcome     TEXT NOT NULL,
    headers     BLOB NOT NULL,
    text        TEXT NOT NULL
);
CREATE INDEX items_by_project  ON items (project, id);
CREATE INDEX items_by_type     ON items (project, type, id);
CREATE INDEX items_by_event    ON items (event_id) WHERE event_id IS NOT NULL;
CREATE INDEX items_by_trace    ON items (trace_id) WHERE trace_id IS NOT NULL;
CREATE INDEX items_by_envelope ON items (envelope_id);

CREATE TABLE term_keys (
    id   INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
);

CREATE TABLE terms (
    key     INTEGER NOT NULL,
    value   TEXT NOT NULL COLLATE NOCASE,
    item_id INTEGER NOT NULL,
    PRIMARY KEY (key, value, item_id)
) WITHOUT ROWID;

-- The ascii tokenizer is simple enough for the predicate to do the same in Python.
CREATE VIRTUAL TABLE search USING fts5 (
    text, content='items', content_rowid='id', tokenize='ascii', columnsize=0
);

CREATE TABLE ledger (
    project  TEXT NOT NULL,
    category TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (project, category, outcome, reason)
) WITHOUT ROWID;
