-- +goose Up
-- What is prepared for releases that are scheduled: who will get them, and what
-- a channel could make ahead. All of it sealed; it goes when it has been used,
-- and counts for nothing if the release turns out another.

CREATE TABLE plan (
  release   TEXT NOT NULL,
  language  TEXT NOT NULL,
  print     TEXT NOT NULL,
  directory BIGINT NOT NULL,
  batches   BYTEA NOT NULL,
  PRIMARY KEY (release, language)
);

CREATE TABLE foreseen (
  release  TEXT NOT NULL,
  language TEXT NOT NULL,
  channel  TEXT NOT NULL,
  seq      BIGINT NOT NULL,
  shard    BIGINT NOT NULL,
  low      BIGINT NOT NULL,
  high     BIGINT NOT NULL,
  print    TEXT NOT NULL,
  parts    BYTEA NOT NULL,
  PRIMARY KEY (release, language, channel, seq)
);

-- Batches belong to shards, each of which one process delivers at a time.
ALTER TABLE batch ADD COLUMN shard BIGINT NOT NULL DEFAULT 0;
DROP INDEX batch_open;
CREATE INDEX batch_open ON batch (open, shard, id);
