-- +goose Up
-- Full-text search lies in tables of each engine's own (search_sqlite.go,
-- search_postgres.go). What it is made of is in the table of items, so it can be
-- made anew at any time; how far it has come is the consumer of that name.

-- Likeness of what is not on the wire yet, sealed: for the desk to be warned of
-- what comes in twice. It goes when the release lifts or is killed.
CREATE TABLE likeness (
  release  TEXT NOT NULL,
  language TEXT NOT NULL,
  print    BYTEA NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (release, language)
);
CREATE INDEX likeness_at ON likeness (at);
