// Package nitf reads stories in the News Industry Text Format 3.6 of the IPTC,
// with its namespace and, as most agencies send it, without.
//
// It does no I/O.
package nitf
