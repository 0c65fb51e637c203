// Package nitf writes items as IPTC NITF 3.6, with the namespace that its schema
// demands or without it, as older receivers need it, and reads them back.
//
// NITF has no direction of text: where a block runs another way than its
// language, or a language stands for a block, class and xml:lang say so. It
// does no I/O.
package nitf
