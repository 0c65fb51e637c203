// Package docx reads word processing documents of Office Open XML (ECMA-376):
// paragraphs, headings, lists, tables, links, pictures, and right to left.
//
// It runs no macro, follows no link to a file or template, and unpacks no more
// than it needs, within bounds on bytes as declared and as read. It does no I/O.
package docx
