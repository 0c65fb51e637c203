// Package tree reads the XML and JSON of strangers into one kind of tree that
// remembers which of its parts a reader of a format has taken, so that what a
// document says and nobody took is told (Left), not dropped.
//
// It owns the bounds on bytes, depth and elements, and refuses declarations of
// entities. It resolves nothing outside the document and does no I/O.
package tree
