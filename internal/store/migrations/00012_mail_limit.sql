-- +goose Up
-- What refusals have taught of relays and of receivers' domains, and what new
-- relays have sent on a day of their warm-up.

CREATE TABLE mail_limit (
  kind     TEXT NOT NULL,
  name     TEXT NOT NULL,
  allowed  BIGINT NOT NULL,
  rest     BIGINT NOT NULL,
  until_at BIGINT NOT NULL,
  at       BIGINT NOT NULL,
  PRIMARY KEY (kind, name)
);

CREATE TABLE relay_day (
  relay   TEXT NOT NULL,
  day     BIGINT NOT NULL,
  letters BIGINT NOT NULL,
  PRIMARY KEY (relay, day)
);
