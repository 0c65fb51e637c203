// Package frame is how the edge's messages look on a connection: server-sent
// events (WHATWG HTML §9.2), JSON lines, and WebSocket messages (RFC 6455), plain
// or compressed.
//
// It owns the bytes. A frame is made once and the same bytes go to everyone whose
// connection has the same Form; so every frame stands for itself: a compressed one
// refers to nothing before it. It knows no items, no receivers and no sockets.
package frame
