// Package search is the page on which readers search the archive: the box, what
// was found with the words marked in it, by what it can be narrowed, and what the
// search would bring as a subscription.
//
// It owns how a search stands in an address, and what is said of a query that
// makes no sense. It lays out what it is given and asks nobody for anything.
package search
