// Package wirestream runs the live edge as it is measured: behind net/http, with
// the wire in memory where the store would be.
//
// It owns what is ours in a measurement of live streams: the edge, and the bus
// between several of them. It changes nothing in how they work.
package wirestream
