// Package locale speaks to readers in their language: the wording of pages,
// feeds and mails, plurals, dates and numbers.
//
// It owns the interface catalogs, one flat JSON file per language in catalog/,
// embedded. English is the source; catalog/notes.json tells translators what
// each key is for. A key that a catalog lacks is answered in English, a key
// that nobody has by the key itself, so a page never fails over its wording.
//
// It never holds text of releases, never decides which language a reader gets
// beyond what was asked of it, and never escapes: what it returns is plain
// text.
package locale
