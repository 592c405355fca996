-- The ids of the relays that an envelope came through, a line each: kept with the envelope, so that
-- what is sent on by hand has them too.
ALTER TABLE envelopes ADD COLUMN chain TEXT NOT NULL DEFAULT '';
UPDATE envelopes SET chain = replace(parcel.chain, ', ', char(10))
    FROM (SELECT envelope_id, chain FROM spool UNION SELECT envelope_id, chain FROM dead_letters)
        AS parcel
    WHERE parcel.envelope_id = envelopes.id AND parcel.chain <> '';
ALTER TABLE spool DROP COLUMN chain;
ALTER TABLE dead_letters DROP COLUMN chain;
