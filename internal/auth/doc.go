// Package auth turns credentials into actors and into what they may have of the
// live wire: API keys, and the short-lived tokens that are made of them.
//
// It owns how keys and tokens look, are stored (keys, as hashes) and are checked,
// and whose key has which entitlement and how many streams. It decides who someone
// is; what an actor may do is the role's matter, in wire, and what an entitlement
// lets through is the edge's. It never writes a credential to a log, an error or a
// URL.
//
// Whoever cannot be asked at this moment refuses nobody: then errors are
// Unavailable or of the store, never Forbidden.
package auth
