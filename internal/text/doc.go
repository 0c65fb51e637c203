// Package text analyses running text in the languages of the wire: one chain
// for standing queries and search, so that both always agree on what a word is;
// the two writings of Chinese; and a guess at the language of a text.
//
// It reads nothing at run time and loads no segmenter: the dictionaries of
// Chinese characters are part of the program (data/, with their licence). It
// knows nothing of items, queries or who asks. Everything is safe for concurrent
// use.
package text
