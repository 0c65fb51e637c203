// Package front is the page of headlines: the newest releases in a language,
// of all sectors or of one.
//
// It lays out what it is given and asks nobody for anything.
package front
