-- +goose Up
-- What comes back of letters that a relay had accepted: it did not reach its
-- reader, or the reader reported it. Each is an exception of its delivery; the
-- batch counts them, beside what the relay said.

ALTER TABLE batch ADD COLUMN bounced BIGINT NOT NULL DEFAULT 0;
ALTER TABLE batch ADD COLUMN complained BIGINT NOT NULL DEFAULT 0;

-- Addresses that letters came back from. Nothing new is written to a suppressed
-- one, whatever subscriptions lead to it, until a person lifts that. Changed
-- rises with every write, so that each process can follow.
CREATE TABLE suppression (
  address    TEXT PRIMARY KEY,
  suppressed BOOLEAN NOT NULL,
  reason     TEXT NOT NULL,
  code       TEXT NOT NULL,
  since      BIGINT NOT NULL,
  failures   BIGINT NOT NULL,
  last_at    BIGINT NOT NULL,
  actor      TEXT NOT NULL,
  changed    BIGINT NOT NULL
);
CREATE INDEX suppression_changed ON suppression (changed);
CREATE INDEX suppression_list ON suppression (suppressed, since);
INSERT INTO counter (name, value) VALUES ('suppression', 0);
