-- Counts of forwarding stand beside the rows that they count, written in the same transactions:
-- selected = envelopes that wait + sent + evicted + duplicates + dead letters + dropped ones.
ALTER TABLE spool_totals ADD COLUMN selected INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spool_totals ADD COLUMN sent INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spool_totals ADD COLUMN evicted INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spool_totals ADD COLUMN duplicates INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spool_totals ADD COLUMN dropped INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spool_totals ADD COLUMN retried INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spool_totals ADD COLUMN reports INTEGER NOT NULL DEFAULT 0;
ALTER TABLE spool ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;
ALTER TABLE dead_letters ADD COLUMN attempts INTEGER NOT NULL DEFAULT 0;

DROP TRIGGER spool_grows;
CREATE TRIGGER spool_grows AFTER INSERT ON spool BEGIN
    INSERT INTO spool_totals (upstream, envelopes, bytes, selected)
        VALUES (new.upstream, 1, new.size, 1) ON CONFLICT DO UPDATE
        SET envelopes = envelopes + 1, bytes = bytes + new.size, selected = selected + 1;
END;

-- What was counted so far stood in the state of each upstream.
INSERT OR IGNORE INTO spool_totals (upstream, envelopes, bytes) SELECT name, 0, 0 FROM upstreams;
UPDATE spool_totals SET
    sent = coalesce(json_extract(state, '$.sent'), 0),
    retried = coalesce(json_extract(state, '$.retried'), 0),
    reports = coalesce(json_extract(state, '$.reports'), 0)
    FROM upstreams WHERE name = upstream AND json_valid(state);
UPDATE spool_totals SET selected = envelopes + sent
    + (SELECT count(*) FROM dead_letters d WHERE d.upstream = spool_totals.upstream);
