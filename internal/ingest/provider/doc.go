// Package provider takes in what third-party providers supply: pulled from their
// feeds, or pushed by HTTP, into a folder, by mail, or from a WebSub hub.
//
// It owns who the providers are and how far each is trusted, what of it came
// before, the house's rules for its stories (credit, disclaimer, mapping,
// replacements, expiry), and the record of what became of each. It changes no
// release itself: it asks the desk, as the provider's actor. Names and texts of
// stories that may not be public stand nowhere in the clear.
package provider
