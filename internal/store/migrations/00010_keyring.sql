-- +goose Up
-- Which key seals what lies sealed in this database: never the key, only what
-- tells one from another.

CREATE TABLE keyring (
  name        TEXT PRIMARY KEY,
  fingerprint TEXT NOT NULL
);
