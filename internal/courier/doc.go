// Package courier brings items to those who subscribed by mail, webhook, WebSub
// and file drop, and keeps the receipt of every delivery.
//
// One process plans each item once, in the order of the wire numbers: who gets
// it, in batches that share one rendering, written down before anyone is written
// to. What is scheduled is prepared before its clear time, sealed. Every process
// that holds shards then attempts what is in them, and writes receipts before
// anything counts as delivered. After a crash whoever has no final receipt is
// tried again, under the same id. A newer version, a hold or a kill fences older
// work.
//
// It never changes a release or an item, and knows channels only by their
// interface.
package courier
