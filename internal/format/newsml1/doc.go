// Package newsml1 writes items as IPTC NewsML 1.2 in the shape that Business
// Wire gave to press releases and many terminals still read, and reads them
// back: headline, body, contacts and pictures are components by their role, texts
// are XHTML.
//
// The order of elements is that of the standard's DTD. It does no I/O.
package newsml1
