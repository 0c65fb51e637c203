// Package match is who wants an item: standing queries, parsed once, kept as an
// index that an item is held against.
//
// It owns the query language, for subscriptions, stream filters, the API and the
// archive alike, and the reasons for a match. It does no I/O but through the
// readers and writers it is handed, and knows nothing of channels or receivers
// beyond a subscription's number.
package match
