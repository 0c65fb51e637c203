// Package docx writes an item as a word processing document of Office Open XML
// (ECMA-376) for people who edit: headline, text, lists, tables, links, right to
// left, with the language of every text, and what belongs to the story.
//
// Each part of the story stands in a content control that names it, and what has
// no place on the page in the document's properties, so that Decode reads all of
// it back. The bytes are the same for the same item. Pictures are led to by
// links: nothing is loaded when a document is opened. It does no I/O.
package docx
