-- +goose Up
-- Documents of which something was refused, by the note of it: the document lies
-- sealed among the media.

CREATE TABLE refused_document (
  arrival  BIGINT PRIMARY KEY,
  provider TEXT NOT NULL,
  at       BIGINT NOT NULL,
  media    TEXT NOT NULL
);
CREATE INDEX refused_document_provider ON refused_document (provider, arrival);
CREATE INDEX refused_document_media ON refused_document (media);
