// Package newsml reads NewsML 1.2 as press release wires and agencies write it:
// Business Wire's profile with a component for each role, AFP's with NITF
// inside.
//
// It resolves no catalogue or style sheet and fetches nothing. It does no I/O.
package newsml
