-- +goose Up
-- A seal holds one text. Edges open the one that desktops are sent.

ALTER TABLE advance DROP COLUMN house;
