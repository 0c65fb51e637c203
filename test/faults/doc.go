// Package faults holds the tests that break a running wire on purpose: kill -9
// at random moments, cut power, moved clocks. What the wire must keep through
// them is in docs/guarantees; here it is counted.
//
// The wire is the real binary and the receivers count for themselves. A random
// run prints its seed; WIREROOM_SEED repeats it. -short leaves them out.
package faults
