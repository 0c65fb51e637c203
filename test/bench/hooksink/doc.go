// Package hooksink plays thousands of webhook endpoints, each on a loopback
// address of its own, some of which hang, fail or cut the connection.
//
// It owns who got a delivery when, and whether its signature was right. It is
// written for little cost, not for the whole of HTTP/1.1: it understands what
// clients of webhooks send.
package hooksink
