-- What has to outlive the rows: ids that were given (never again), how far the search index
-- has come, how many removed items may still have terms, what retention has removed.

CREATE TABLE marks (
    name  TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;

INSERT INTO marks VALUES
    ('last_item',     (SELECT coalesce(max(id), 0) FROM items)),
    ('last_envelope', (SELECT coalesce(max(id), 0) FROM envelopes)),
    ('indexed',       (SELECT coalesce(max(id), 0) FROM items)),
    ('unswept',       0);

ALTER TABLE projects ADD COLUMN evicted INTEGER NOT NULL DEFAULT 0;

-- An envelope's items have neighbouring ids, so nothing looks items up by envelope.
DROP INDEX items_by_envelope;
CREATE INDEX envelopes_by_project ON envelopes (project, id);

-- Large bodies that came uncompressed, until they are compressed here.
CREATE INDEX bodies_to_pack ON bodies (envelope_id) WHERE packed = '';
