-- +goose Up
-- What is asked of the ledger afterwards: who got what, what failed, who changed
-- something by hand.

CREATE INDEX exception_at ON exception (at);
CREATE INDEX subscription_outlet ON subscription (outlet);
CREATE INDEX subscription_contact ON subscription (contact);
CREATE INDEX subscription_paused ON subscription (paused, id);
CREATE INDEX contact_outlet ON contact (outlet);

-- What a person did to deliveries, one row an act. Request is the key that makes
-- an act that is asked for twice one act.
CREATE TABLE delivery_act (
  id      BIGINT PRIMARY KEY,
  request TEXT UNIQUE,
  at      BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  role    TEXT NOT NULL,
  verb    TEXT NOT NULL,
  subject TEXT NOT NULL,
  reason  TEXT NOT NULL,
  amount  BIGINT NOT NULL,
  detail  TEXT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('delivery_act', 0);
