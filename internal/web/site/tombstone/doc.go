// Package tombstone is what stands at the address of a killed release: that it
// was withdrawn, when and why, and nothing of its text.
package tombstone
