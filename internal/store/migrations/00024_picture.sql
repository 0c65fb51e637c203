-- +goose Up
-- Pictures that came inside of documents and lie, sealed, in the store of the
-- media. A digest is under a key: it is not that of the picture.

CREATE TABLE picture (
  name    TEXT PRIMARY KEY,
  release TEXT NOT NULL,
  digest  TEXT NOT NULL,
  type    TEXT NOT NULL
);
CREATE INDEX picture_release ON picture (release);
