-- +goose Up
-- What of the live wire a key and its organisation may have: a standing query
-- ('' is everything), and streams at a time (0 is the house's default, -1 none).

CREATE TABLE organisation (
  name        TEXT PRIMARY KEY,
  entitlement TEXT NOT NULL,
  streams     INTEGER NOT NULL,
  changed_at  BIGINT NOT NULL
);

ALTER TABLE api_key ADD COLUMN organisation TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN entitlement  TEXT NOT NULL DEFAULT '';
ALTER TABLE api_key ADD COLUMN streams      INTEGER NOT NULL DEFAULT 0;
