// Package markup is what the XML formats share: a writer of XML, the body of a
// story as XHTML, and the reader that makes blocks of such a body again.
//
// What it reads is what the wire wrote: anything else is an error and not
// guessed at. It does no I/O.
package markup
