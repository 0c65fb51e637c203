// Package others delivers the same letters, webhooks and live items as Wireroom
// in the ways that others usually do: with a mail library over a few connections,
// with a pool of workers over net/http, with a goroutine for each desktop or the
// library centrifuge; and it searches the same items as the engines by themselves
// do.
//
// It owns what Wireroom is compared with. It keeps no ledger: all it does is
// what no sender can leave out.
package others
