// Package faults holds the tests that break a running wire on purpose: kill -9
// at random moments, cut power, moved clocks. What the wire keeps through them
// is counted and printed, one line a run.
//
// The wire is the real binary and the receivers count for themselves. A random
// run prints its seed; WIREROOM_SEED repeats it. -short leaves them out.
package faults
