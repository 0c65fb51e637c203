// Package returned takes in what comes back of letters: reports that one did not
// reach its reader (RFC 3464), that its reader reported it (RFC 5965), and
// requests to unsubscribe by mail. It notes each on its delivery, and keeps the
// list of addresses that nothing new is written to.
//
// It believes nothing but the return path: only whoever got the letter, or
// carried it, can know that. It never answers with a letter of its own.
package returned
