// Package vocab holds the words the trade shares: languages, sectors,
// countries and IPTC Media Topics, with their names in the wire's languages.
//
// It owns embedded, read-only data (data/, with the licences beside it) and
// the rules for finding an entry by what people call it. It reads nothing at
// run time, keeps no state and never guesses: what it does not know is not
// found. Tables are parsed the first time they are asked for, and folded
// the first time something is looked for in them.
//
// Everything here is safe for concurrent use; returned slices are the caller's
// own.
package vocab

// The tables of countries, languages and topics are made from CLDR, the UN's
// country names and IPTC's NewsCodes. WIREROOM_STANDARDS is the folder that
// holds them.
//go:generate go run ../../tools/vocabgen -standards $WIREROOM_STANDARDS -out data
//go:generate go run ../../tools/vocabgen -zones /usr/share/zoneinfo/zone.tab -out data
