// Package ingest reads documents as they are handed in (plain text, Markdown,
// HTML, with optional YAML front matter, and through format/intake the formats
// of the trade) and makes draft releases of them.
//
// It owns the readers, the patterns by which datelines, sectors, disclaimers
// and boilerplate are recognised in the wire's languages, and the findings that
// tell the desk what was read out of a text and what was left out. It never
// clears anything, fetches anything or lets markup of a stranger through: what
// leaves it passes wire.Release.Check, and it gives a whole release or none.
package ingest
