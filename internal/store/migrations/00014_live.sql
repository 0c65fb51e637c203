-- +goose Up
-- The receipts of simultaneity: what each edge says of each item.

CREATE TABLE live_receipt (
  number  BIGINT NOT NULL,
  edge    TEXT NOT NULL,
  at      BIGINT NOT NULL,
  receipt BYTEA NOT NULL,
  PRIMARY KEY (number, edge)
);
