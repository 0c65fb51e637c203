-- +goose Up
-- How the receivers are that answer for themselves, by address. One that never
-- failed has no row. Changed rises with every write, so that each process can
-- follow what the others found out.

CREATE TABLE endpoint (
  address   TEXT PRIMARY KEY,
  state     TEXT NOT NULL,
  since     BIGINT NOT NULL,
  failures  BIGINT NOT NULL,
  failing   BIGINT NOT NULL,
  last_at   BIGINT NOT NULL,
  last_code TEXT NOT NULL,
  actor     TEXT NOT NULL,
  reason    TEXT NOT NULL,
  probes    BIGINT NOT NULL,
  next_at   BIGINT NOT NULL,
  changed   BIGINT NOT NULL
);
CREATE INDEX endpoint_changed ON endpoint (changed);
CREATE INDEX endpoint_state ON endpoint (state, since);
INSERT INTO counter (name, value) VALUES ('endpoint', 0);

-- A batch that brings an item again to who had it: it is a delivery, and no
-- recipient of its own.
ALTER TABLE batch ADD COLUMN resend BOOLEAN NOT NULL DEFAULT FALSE;
