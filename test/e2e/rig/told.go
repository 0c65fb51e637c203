package rig

import (
	"slices"

	"github.com/wireroom/wireroom/internal/wire"
)

// Told returns the numbers that a reader of these items must have had, in
// order. Of a story that was killed a replay tells the kill alone, so what came
// before it is due only to who had it in time.
func Told(items []wire.Item, had []int64) []int64 {
	type edition struct {
		release  wire.ReleaseID
		language string
	}
	killed := map[edition]bool{}
	for _, it := range items {
		if it.Action == wire.Kill {
			killed[edition{it.Release, it.Language}] = true
		}
	}
	var due []int64
	for _, it := range items {
		if it.Action == wire.Kill || !killed[edition{it.Release, it.Language}] || slices.Contains(had, it.Number) {
			due = append(due, it.Number)
		}
	}
	return due
}
