// Package preference is the page behind the links in every letter: when letters
// come, and whether any do. Looking at it changes nothing, because link scanners
// look too (RFC 8058 §1); its buttons do.
//
// It owns the form, how it is read and what is said about it. It changes no
// subscription.
package preference
