// Package edge brings cleared items to desktops the moment they are on the
// wire: server-sent events (WHATWG HTML §9.2), lines of JSON and WebSockets
// (RFC 6455) at /v1/stream, WebSockets alone at /v1/ws.
//
// It owns the fan-out: the newest items in memory, the groups of connections that
// want the same, one immutable frame per item, format and form, resume, slow
// receivers, the limits of connections, and the receipts of simultaneity (how many
// got an item, how long after its clear time). It never decides who someone is
// (Options.Admit does) and sends nobody what is outside its entitlement. It never
// writes to the store, and shows nothing that is not on the wire: every item comes
// from the follower of the bus, from History, which both hold cleared items only, or
// from a seal that opened under the key to a lift that is committed.
//
// # The stream
//
// The parameters lang, country, sector, subject, org, ticker, priority and q
// are the filter, with the meaning they have for a subscription. All but org
// and q take several values, repeated or separated by commas; org may be
// repeated. format is ninjs (the default: the whole item, ninjs 3.1) or
// headline (see Headline). A parameter that is unknown or wrong is answered
// with 400 and problem details (RFC 9457) that name it.
//
// The place in the wire is the wire number. Last-Event-ID, or else the
// parameter after, resumes: everything wanted after that number is sent first,
// oldest first, then the stream is live, without loss or repetition in between.
// Without either the stream is live from now on; after=0 is the whole wire.
//
// As events it says:
//
//	retry: 2317              reconnection time, different for everyone
//	id: 41                   the place at the beginning
//
//	id: 42
//	event: item
//	data: {…}                one line of JSON
//
//	id: 57                   heartbeat, at the latest after 15 s of silence: an id
//	                         alone moves the place without an event (§9.2.6), so
//	                         that narrow filters resume as cheaply as wide ones
//
//	id: 57
//	event: reset             the place asked for is not in this wire (any more):
//	data: {"after":99,"last":57}   the stream goes on after last
//
// To who accepts application/jsonl, and on a WebSocket, each of these is a JSON
// object, a line or a text message:
//
//	{"type":"hello","number":41,"retry":2317}
//	{"type":"item","number":42,"data":{…}}
//	{"type":"place","number":57}
//	{"type":"reset","number":57,"data":{"after":99,"last":57}}
//	{"type":"bye","retry":5120}        before the wire ends the connection
//
// On a WebSocket the receiver may speak, too:
//
//	{"filter":"lang=en&q=turbine"}     another filter, answered by
//	{"type":"filter","number":57}      what is above 57 is held against it
//	{"get":42}                         a whole item, answered by
//	{"type":"body","number":42,"data":{…}}
//	{"type":"error","field":"q","detail":"…"}
//
// # Ahead of the clear time
//
// With seal=1 the text of what is scheduled comes ahead, sealed, and at its clear
// time the key in place of the item (docs/embargo.md):
//
//	event: seal              no id: it moves no place. Everyone who asks is sent all
//	data: {"seal":"…","text":"…"}   seals, whatever the filter
//
//	id: 42                   in place of item 42
//	event: key
//	data: {"key":"…"}
//
//	event: void              a seal that need not be kept any more
//	data: {"void":"…"}
//
// The edge itself holds what is scheduled sealed, too. It is told the key when the
// lift is committed, opens in one step what it holds and sends it to everyone, with
// and without seal=1. The bus brings the key again, beside the item: should it be
// first, that key opens the seal. What it does not fit exactly goes out as it came. A
// replay brings items, never keys.
//
// # Compression
//
// Who accepts gzip or zstd gets frames that were compressed once for all. Each
// is blocks of deflate that refer to nothing before them, or a zstd frame, so
// that any can follow any other. A gzip stream has no trailer: it has no end.
// WebSockets use permessage-deflate without context takeover (RFC 7692 §7.1.1).
//
// # Engines
//
// Where the connection is plain TCP and HTTP/1.1, as behind a balancer that ends
// TLS, and the system has epoll(7), the request is read by net/http and the
// socket then handed to a shard: one goroutine a processor, which writes frames
// itself and hears from epoll of the sockets that were full. An idle desktop is
// an entry of its shard and a socket. Where other processes leave all shards less
// than half a processor, they send one after the other. All others, HTTP/2, TLS in
// this process, other systems, are served by goroutines: two each, and nothing of the
// server's, but for HTTP/2. Both speak the same bytes.
//
// An amendment (correction, hold, kill …) goes to everyone whose filter matches
// it or any earlier version of the edition; one that withdraws the story and so
// has no text is judged by the earlier versions alone.
//
// A receiver that does not keep up is cut off and resumes; it never delays
// another. When the edge is full, not ready or shutting down, or the visitor has as
// much as it may, programs are answered 503 or 429 with Retry-After; to a browser
// it answers with a stream that holds only a reconnection time and ends: an error
// status would make an EventSource give up for good (§9.2.2).
package edge
