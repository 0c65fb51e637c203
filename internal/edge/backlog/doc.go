// Package backlog is the wire's past as an edge without a database reads it: from
// the stream on the bus, and what that holds no longer from the archive of the
// wire's own site, over HTTP.
//
// It decides nothing and keeps nothing. Both places hold cleared items only.
package backlog
