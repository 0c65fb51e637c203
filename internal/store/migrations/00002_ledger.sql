-- +goose Up
-- The ledger of deliveries. A batch is up to 500 recipients that share one
-- rendering; its row is the intent, written before any attempt. Receipts are
-- appended in blocks; a finished batch is sealed: one outcome byte a recipient,
-- and its blocks go.

CREATE TABLE batch (
  id         BIGINT PRIMARY KEY,
  number     BIGINT NOT NULL,
  release    TEXT NOT NULL,
  language   TEXT NOT NULL,
  channel    TEXT NOT NULL,
  rank       BIGINT NOT NULL,
  recipients BYTEA NOT NULL,
  size       BIGINT NOT NULL,
  open       BOOLEAN NOT NULL,
  outcomes   BYTEA,
  accepted   BIGINT NOT NULL,
  failed     BIGINT NOT NULL,
  deferred   BIGINT NOT NULL,
  suppressed BIGINT NOT NULL,
  superseded BIGINT NOT NULL,
  first_at   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL
);
CREATE INDEX batch_open ON batch (open, rank, id);
CREATE INDEX batch_release ON batch (release, language);
CREATE INDEX batch_number ON batch (number);

CREATE TABLE receipt (
  batch   BIGINT NOT NULL,
  seq     BIGINT NOT NULL,
  records BYTEA NOT NULL,
  PRIMARY KEY (batch, seq)
);

-- Deliveries that did not go through at once, each by itself: deferred ones
-- with their next attempt, failed ones with what the receiver said.
CREATE TABLE exception (
  batch        BIGINT NOT NULL,
  subscription BIGINT NOT NULL,
  outcome      BIGINT NOT NULL,
  attempt      BIGINT NOT NULL,
  code         TEXT NOT NULL,
  at           BIGINT NOT NULL,
  next_at      BIGINT NOT NULL,
  PRIMARY KEY (batch, subscription)
);
