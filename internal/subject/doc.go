// Package subject suggests IPTC Media Topics for a text: those whose name, or
// words that go with them (data/cues.tsv), stand in its headline or often in its
// body. The same text always gets the same suggestions, and each says which words
// it comes from.
//
// It suggests and never sets: what a release is about is the desk's decision. It
// learns nothing and keeps nothing. Everything is safe for concurrent use.
package subject
