-- Labels of the faults on purpose that hit the request of an envelope, a line each.
ALTER TABLE envelopes ADD COLUMN faults TEXT NOT NULL DEFAULT '';
