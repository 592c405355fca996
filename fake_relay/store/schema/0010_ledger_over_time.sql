-- The ledger in buckets of time: `start` in seconds since 1970, and how many `seconds` it lasts.
-- 0 seconds is one bucket without a time: what was counted before there were any, or too long ago.

CREATE TABLE ledger_over_time (
    project  TEXT NOT NULL,
    category TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    reason   TEXT NOT NULL,
    seconds  INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (project, category, outcome, reason, seconds, start)
) WITHOUT ROWID;
INSERT INTO ledger_over_time
    SELECT project, category, outcome, reason, 0, 0, quantity FROM ledger;
DROP TABLE ledger;
ALTER TABLE ledger_over_time RENAME TO ledger;
CREATE INDEX ledger_by_time ON ledger (seconds, start);

-- Items that had to make room, by their types and by when they had come.
CREATE TABLE evictions (
    project  TEXT NOT NULL,
    type     TEXT NOT NULL,
    seconds  INTEGER NOT NULL,
    start    INTEGER NOT NULL,
    quantity INTEGER NOT NULL,
    PRIMARY KEY (project, type, seconds, start)
) WITHOUT ROWID;
CREATE INDEX evictions_by_time ON evictions (seconds, start);
INSERT INTO evictions SELECT project, '', 0, 0, evicted FROM projects WHERE evicted > 0;
ALTER TABLE projects DROP COLUMN evicted;
