// Package receipt is the receipt of simultaneity of an item: how many desktops
// each edge sent it to, and how long after its clear time the first, the middle and
// the last of them had it.
//
// It owns the form of a receipt, how delays are counted, how the receipts of
// several edges become one, and where they are kept. It measures nothing itself.
package receipt
