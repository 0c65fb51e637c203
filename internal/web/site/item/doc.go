// Package item is the page of one release in one language: what was said, by
// whom, when it cleared, and what was changed since.
//
// It lays out items of the wire, which are public fact. It drops contacts that
// are for the media only and text that is not the closed subset of HTML, though
// neither should get this far.
package item
