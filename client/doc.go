// Package client follows a Wireroom from Go programs: the live stream with
// resume, so that a program that is cut off, restarted or moved goes on exactly
// where it was; and, where it asks, with texts ahead of their clear time, sealed,
// and only keys at it (docs/embargo.md).
//
// It owns the reading of server-sent events (WHATWG HTML §9.2), reconnection
// with backoff, the place in the wire, and the sealed texts until their keys come.
// It never interprets what an item says: the data of an event is handed on as it
// came, or as it was opened. It needs nothing beyond the standard library.
package client
