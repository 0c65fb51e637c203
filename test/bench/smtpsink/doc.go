// Package smtpsink is an SMTP server that takes letters and throws them away,
// at as little cost as it can, and counts who got how many.
//
// It owns the judgement that everyone got exactly one letter, and the faults it
// is told to have, which are the same in every run. It never passes a letter on,
// and listens on loopback only.
package smtpsink
