// Package rig sets a whole wire up as an operator would: the real binary as a
// process of its own, spoken to by command line and HTTP, between receivers
// that count for themselves. The end-to-end and fault tests stand on it.
//
// It owns starting, killing and watching processes, and ends each one it
// started. It never looks inside the wire: what it knows comes over the public
// faces, as it would to anybody.
package rig
