// Package wire holds the words of the trade: releases, editions, items, who
// receives them, and the lifecycle as one table of transitions.
//
// It owns the domain types, their validation, ids, error kinds and canonical
// form. It does no I/O, keeps no state, starts no goroutine and knows neither
// SQL nor HTTP: every other package may import it, it imports only vocab.
package wire
