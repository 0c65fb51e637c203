// Package intake holds the readers of what strangers send, a package a format:
// documents in the dialects that agencies and release wires really write, each
// read into articles (intake/article). They take what they can and keep what
// they have no field for; what the wire itself writes is read, strictly, by the
// packages that write it.
package intake
