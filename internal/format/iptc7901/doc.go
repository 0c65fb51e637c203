// Package iptc7901 writes items as IPTC 7901 messages, the text that agencies
// sent over teleprinter lines and some receivers still take.
//
// Its letters are those of ISO 8859-1. A language it cannot write is refused, and
// so is an item with a character that is not in it: nothing is ever sent as a
// question mark. It does no I/O.
package iptc7901
