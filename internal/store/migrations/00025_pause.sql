-- +goose Up
-- Since when a subscription gets nothing new, who said so and why: '' is the wire
-- itself. Of those paused before, nobody noted it: 0.

ALTER TABLE subscription ADD COLUMN paused_since BIGINT NOT NULL DEFAULT 0;
ALTER TABLE subscription ADD COLUMN paused_by    TEXT NOT NULL DEFAULT '';
ALTER TABLE subscription ADD COLUMN paused_for   TEXT NOT NULL DEFAULT '';
