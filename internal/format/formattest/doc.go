// Package formattest is what tests of the formats share: one story told on the
// wire in fifteen languages through its whole life, a generator of items, and a
// reader of bodies that shares no code with what writes them.
//
// Only tests import it.
package formattest
