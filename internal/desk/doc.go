// Package desk is the wire's editorial desk: it takes releases in and moves
// them through their lifecycle. It alone changes a release's state.
//
// Every act is one transaction: the release, the audit row and, where the act
// reaches the wire, the items with their wire numbers and signatures. Nothing
// is reported done before that transaction is on disk. The desk never sends
// anything: what is cleared travels on by itself.
package desk
