// Package directory invents who receives a demo: outlets, their journalists
// and the standing queries of both, in fifteen languages and ninety countries.
//
// It owns names, words and proportions that are made up and the same for the
// same seed. It does no I/O and never uses an address that somebody could own:
// every domain is under .example (RFC 2606 §2).
package directory
