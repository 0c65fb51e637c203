// Package auth turns credentials into actors: today API keys.
//
// It owns how keys look, are stored (as hashes) and are checked. It decides who
// someone is, never what they may do: that is the role's matter, in wire.
package auth
