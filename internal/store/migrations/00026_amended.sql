-- +goose Up
-- What a search would have brought before it was amended is asked for by story,
-- the latest first.

CREATE INDEX item_amended ON item (first_number) WHERE superseded = 0 AND version > 1;
