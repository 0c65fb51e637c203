// Package pdf writes an item as pages for people, with the typefaces for every
// script inside, as many of their characters as are used: Latin and Cyrillic,
// Arabic joined and from the right, Thai, Vietnamese, Chinese, Japanese, Korean.
//
// The document is tagged (ISO 32000-1 §14.8, and what ISO 14289-1 asks beyond
// it): headings, paragraphs, lists, tables with their header cells, links, each
// in its language, in reading order; every character on a page is text that can
// be copied and read aloud. The bytes are the same for the same item, typefaces
// and version of Go. Pictures are led to by links, as in the wire's other
// formats: the wire has their addresses and not their bytes.
//
// The typefaces are handed in with the site; without them the format refuses. It
// does no I/O of its own.
package pdf
