// Package newsmlg2 reads NewsML-G2, up to 2.35: news items, packages and
// messages, with bodies in XHTML, NITF or plain text, as agencies send them.
//
// It resolves no catalogue and fetches nothing: codes are kept as written.
// It does no I/O.
package newsmlg2
