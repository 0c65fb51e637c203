// Package client follows a Wireroom from Go programs: the live stream with
// resume, so that a program that is cut off, restarted or moved goes on exactly
// where it was.
//
// It owns the reading of server-sent events (WHATWG HTML §9.2), reconnection
// with backoff, and the place in the wire. It never interprets what an item
// says: the data of an event is handed on as it came. It uses the standard
// library only.
package client
