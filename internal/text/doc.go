// Package text analyses running text in the languages of the wire: one chain
// for standing queries and search, so that both always agree on what a word is,
// and a guess at the language of a text.
//
// It is pure: no I/O, no state, no dictionary to load. It knows nothing of
// items, queries or who asks.
package text
