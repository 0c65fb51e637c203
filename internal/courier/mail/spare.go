package mail

import "time"

// A flight costs a turn however many letters are in it, and how many letters are under
// way is bounded. So a relay that takes flights promptly is asked over few of its
// connections, where they are long; one that takes its time over all of them, so that
// its turns overlap. It begins with few: over many, the turns of a prompt one are as long
// as it takes to serve them all.
const (
	// promptTurn is in what time a flight is taken promptly: so long a turn over the
	// fewest of 32 connections, with all that may be under way in it, still brings away
	// 16,000 letters a second.
	promptTurn = 4 * time.Millisecond
	// promptPart is for how many flights that were taken promptly one more connection is
	// spared. Every one that was not gives one back: so connections are spared where
	// sixteen of seventeen are prompt.
	promptPart = 16
	// fewestPart is of how many connections one is used at least; never less than two,
	// so that one side writes while the other reads.
	fewestPart = 8
)

// inUse is over how many connections the relay is asked now: as many as it bears, but
// for those that are spared. The mutex is held.
func (r *relay) inUse() int { return min(r.bears(), r.connections-r.spared) }

// mostSpared is how many of the relay's connections can be spared.
func (r *relay) mostSpared() int {
	return r.connections - max(r.connections/fewestPart, min(r.connections, 2))
}

// prompt takes note of a flight that was taken promptly.
func (r *relay) prompt() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.prompts++; r.prompts%promptPart == 0 && r.spared < r.mostSpared() {
		r.spared++
	}
}

// late takes note of a flight that is not back in time, or of a connection that is not
// made in that time.
func (r *relay) late() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spared > 0 {
		r.spared--
		r.tell()
	}
}

// unchunked takes note that the relay takes no BDAT: each connection is good for one
// letter a turn.
func (r *relay) unchunked() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.spared > 0 {
		r.spared = 0
		r.tell()
	}
}
