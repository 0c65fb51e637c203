-- +goose Up
-- One text for SQLite and PostgreSQL. Times are µs UTC. Forward only.

CREATE TABLE counter (
  name  TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO counter (name, value) VALUES ('wire', 0), ('outlet', 0), ('contact', 0), ('subscription', 0), ('batch', 0), ('directory', 0);

-- The desk's copy of a release. Content and schedule are sealed: nobody who
-- reads the disk learns of an unreleased text, its issuer or its time.
CREATE TABLE release (
  id         TEXT PRIMARY KEY,
  revision   BIGINT NOT NULL,
  state      TEXT NOT NULL,
  content    BYTEA NOT NULL,
  schedule   BYTEA,
  request    TEXT UNIQUE,
  created_at BIGINT NOT NULL,
  updated_at BIGINT NOT NULL
);
CREATE INDEX release_state ON release (state, updated_at);

-- Who did what, one row a revision.
CREATE TABLE audit (
  release    TEXT NOT NULL REFERENCES release (id),
  revision   BIGINT NOT NULL,
  at         BIGINT NOT NULL,
  actor      TEXT NOT NULL,
  role       TEXT NOT NULL,
  verb       TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state   TEXT NOT NULL,
  hash       TEXT NOT NULL,
  reason     TEXT NOT NULL,
  PRIMARY KEY (release, revision)
);

-- What is on the wire: public fact, never altered but for superseded, which
-- only says where the next version is. The table is also the outbox: what has
-- a number above the stream's last is still to be published.
CREATE TABLE item (
  number       BIGINT PRIMARY KEY,
  id           TEXT NOT NULL UNIQUE,
  release      TEXT NOT NULL,
  language     TEXT NOT NULL,
  version      BIGINT NOT NULL,
  action       TEXT NOT NULL,
  clear_time   BIGINT NOT NULL,
  first_number BIGINT NOT NULL,
  superseded   BIGINT NOT NULL,
  payload      BYTEA NOT NULL,
  UNIQUE (release, language, version)
);
CREATE INDEX item_current ON item (language, superseded, first_number);

CREATE TABLE item_sector (
  sector       TEXT NOT NULL,
  language     TEXT NOT NULL,
  first_number BIGINT NOT NULL,
  PRIMARY KEY (sector, language, first_number)
);

-- Who leads. A challenger that has seen term and beat unchanged for the whole
-- lease by its own monotonic clock may take the next term; no two machines'
-- clocks are ever compared.
CREATE TABLE lease (
  name   TEXT PRIMARY KEY,
  holder TEXT NOT NULL,
  term   BIGINT NOT NULL,
  beat   BIGINT NOT NULL
);

-- How far each consumer of the wire has come.
CREATE TABLE consumer (
  name   TEXT PRIMARY KEY,
  number BIGINT NOT NULL
);

CREATE TABLE outlet (
  id       BIGINT PRIMARY KEY,
  name     TEXT NOT NULL,
  country  TEXT NOT NULL,
  language TEXT NOT NULL,
  kind     TEXT NOT NULL
);

CREATE TABLE contact (
  id       BIGINT PRIMARY KEY,
  outlet   BIGINT NOT NULL,
  name     TEXT NOT NULL,
  email    TEXT NOT NULL,
  country  TEXT NOT NULL,
  language TEXT NOT NULL
);

CREATE TABLE subscription (
  id      BIGINT PRIMARY KEY,
  outlet  BIGINT NOT NULL,
  contact BIGINT NOT NULL,
  query   TEXT NOT NULL,
  channel TEXT NOT NULL,
  address TEXT NOT NULL,
  secret  TEXT NOT NULL,
  format  TEXT NOT NULL,
  paused  BOOLEAN NOT NULL,
  expires BIGINT NOT NULL,
  changed BIGINT NOT NULL
);
CREATE INDEX subscription_changed ON subscription (changed);
CREATE UNIQUE INDEX subscription_mail_secret ON subscription (secret) WHERE channel = 'mail';
CREATE UNIQUE INDEX subscription_websub ON subscription (query, address) WHERE channel = 'websub';

CREATE TABLE api_key (
  id         TEXT PRIMARY KEY,
  name       TEXT NOT NULL,
  role       TEXT NOT NULL,
  hash       BYTEA NOT NULL,
  created_at BIGINT NOT NULL,
  expires_at BIGINT NOT NULL,
  revoked_at BIGINT NOT NULL
);
