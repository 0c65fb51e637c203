-- +goose Up
-- When the holder of a subscription wants letters (JSON; '' for each release at
-- once), and from which wire number on things are gathered for the next digest;
-- 0: nothing is.

ALTER TABLE subscription ADD COLUMN preference TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN gathered_from BIGINT NOT NULL DEFAULT 0;
CREATE INDEX subscription_gathered ON subscription (gathered_from);

-- A digest is one letter about several items, for everybody who has the same
-- ones coming. Its deliveries are batches whose number is the digest's id below
-- zero.
CREATE TABLE digest (
  id       BIGINT PRIMARY KEY,
  at       BIGINT NOT NULL,
  language TEXT NOT NULL,
  zone     TEXT NOT NULL
);
CREATE TABLE digest_item (
  digest   BIGINT NOT NULL,
  number   BIGINT NOT NULL,
  release  TEXT NOT NULL,
  language TEXT NOT NULL,
  PRIMARY KEY (digest, number)
);
CREATE INDEX digest_item_release ON digest_item (release, language);
CREATE INDEX digest_item_number ON digest_item (number);
INSERT INTO counter (name, value) VALUES ('digest', 0);

-- Batches for readers in their quiet hours are not due before these end; 0: at
-- once.
ALTER TABLE batch ADD COLUMN due_at BIGINT NOT NULL DEFAULT 0;
