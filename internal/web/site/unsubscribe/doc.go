// Package unsubscribe is the page behind the link in every letter. Looking at
// it changes nothing, because link scanners look too (RFC 8058 §1); its button
// does.
package unsubscribe
