-- +goose Up
-- Deliveries that no attempt was made at: the format that the receiver asked for
-- cannot carry the item. That is no fault of the receiver's, so it is counted
-- apart from what failed.

ALTER TABLE batch ADD COLUMN unfit BIGINT NOT NULL DEFAULT 0;
