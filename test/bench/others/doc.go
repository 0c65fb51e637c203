// Package others delivers the same letters and webhooks as Wireroom in the ways
// that others usually do: with a mail library over a few connections, and with a
// pool of workers over net/http.
//
// It owns what Wireroom is compared with. It keeps no ledger: all it does is
// what no sender can leave out.
package others
