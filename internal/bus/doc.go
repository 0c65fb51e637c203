// Package bus carries the wire in motion: the stream WIRE, on which every
// cleared item appears exactly once under its wire number, and wake-ups that
// save consumers from polling.
//
// It owns NATS JetStream, embedded in the process or an external cluster, and
// is the only package that imports it. It never is the truth: what is on the
// stream comes from the store and can be put there again, consumers keep their
// own place in the store and start from it (a durable consumer can stand ahead
// of a stream that lost its tail, and then delivers nothing, silently).
package bus
