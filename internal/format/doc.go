// Package format and the packages below it turn an item into what receivers
// read: ninjs, plain text, feeds, letters. All of them say the same thing.
//
// format itself owns the public addresses, the one place where they are made,
// and the small parts that several formats share. It does no I/O.
package format
