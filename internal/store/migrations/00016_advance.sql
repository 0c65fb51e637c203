-- +goose Up
-- What is sent ahead of clear times, sealed: texts that are scheduled, and some
-- that hide them. Nothing here can be read but by who has the wire's keys, and
-- what will not be opened, by nobody any more: its secret goes with the schedule.

CREATE TABLE advance (
  id       TEXT PRIMARY KEY,
  release  TEXT NOT NULL,
  language TEXT NOT NULL,
  secret   BYTEA NOT NULL, -- sealed; empty once nobody shall open it
  seal     BYTEA NOT NULL, -- signed message
  sealed   BYTEA NOT NULL, -- for desktops
  house    BYTEA NOT NULL, -- for edges
  void     BYTEA NOT NULL, -- signed message
  due      BIGINT NOT NULL, -- goes out from then on
  ends     BIGINT NOT NULL DEFAULT 0, -- the void goes out then; 0: not yet known
  opened   BIGINT NOT NULL DEFAULT 0  -- 1 once the release was lifted
);
CREATE INDEX advance_release ON advance (release);
