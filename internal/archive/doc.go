// Package archive is the read side of the wire: what was cleared, by number,
// by edition, newest first.
//
// It reads the table of items and nothing else, so it cannot tell unreleased
// from unknown, and neither can anyone who asks it. It changes nothing and
// holds no secret. An Archive is safe for concurrent use.
package archive
