// Package notfound is the page for what is not there, and for what went wrong.
//
// It says the same about an address that never was and about one that is not
// yet: nothing of the request is on it but the language.
package notfound
