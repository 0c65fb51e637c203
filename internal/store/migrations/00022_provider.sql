-- +goose Up
-- Who supplies stories, which came, and what became of each. Names and texts of
-- stories may not be public yet: they stand here as digests under a key, and
-- sealed.

CREATE TABLE provider (
  id      TEXT PRIMARY KEY,
  config  TEXT NOT NULL,
  changed BIGINT NOT NULL
);

-- How a provider's feed stands.
CREATE TABLE provider_state (
  provider  TEXT PRIMARY KEY REFERENCES provider (id),
  etag      TEXT NOT NULL,
  modified  TEXT NOT NULL,
  next_at   BIGINT NOT NULL,
  looked_at BIGINT NOT NULL,
  failures  INTEGER NOT NULL,
  problem   TEXT NOT NULL,
  came_at   BIGINT NOT NULL,
  alarm_at  BIGINT NOT NULL,
  hub       TEXT NOT NULL,
  topic     TEXT NOT NULL,
  token     TEXT NOT NULL,
  secret    BYTEA,
  lease_at  BIGINT NOT NULL
);
CREATE INDEX provider_state_token ON provider_state (token);

CREATE TABLE provider_story (
  provider TEXT NOT NULL REFERENCES provider (id),
  story    TEXT NOT NULL,
  language TEXT NOT NULL,
  release  TEXT NOT NULL,
  version  BIGINT NOT NULL,
  modified BIGINT NOT NULL,
  text     TEXT NOT NULL,
  status   TEXT NOT NULL,
  PRIMARY KEY (provider, story)
);
CREATE INDEX provider_story_text ON provider_story (text);

CREATE TABLE arrival (
  number   BIGINT PRIMARY KEY,
  provider TEXT NOT NULL,
  at       BIGINT NOT NULL,
  verdict  TEXT NOT NULL,
  detail   BYTEA NOT NULL
);
CREATE INDEX arrival_provider ON arrival (provider, number);
INSERT INTO counter (name, value) VALUES ('arrival', 0);
