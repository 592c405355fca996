-- Records of a container that were refused alone: JSON, empty where there are none.
ALTER TABLE items ADD COLUMN refused_records TEXT NOT NULL DEFAULT '';
