-- +goose Up
-- What was made ahead is looked up for one batch at a time.
CREATE INDEX foreseen_reader ON foreseen (release, language, channel, shard, low);
