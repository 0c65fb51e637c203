// Package newsmlg2 writes items as IPTC NewsML-G2 2.35 and reads them back: an
// edition as a newsItem, a release with its languages and pictures as a
// packageItem, all of it as a newsMessage.
//
// The schema alone proves little: it lets pass codes that no catalogue knows,
// times without zone and states that do not exist. What is written here uses
// codes of IPTC's catalogue 41 only; everything else is named by a URI or
// literally. It does no I/O.
package newsmlg2
