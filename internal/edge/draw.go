package edge

import (
	"iter"
	"math/rand/v2"
)

// drawBlock is how many neighbours stay together in a draw. Desktops that came
// one after the other lie near each other in the kernel's memory, and to send to
// them in that order costs a third less than in any order at all.
const drawBlock = 64

// draw yields the numbers below n, each once, in an order drawn anew: each number
// is as likely to be early as any other. Cut into blocks from a place drawn by
// lot, they come block by block by lot, each block from either of its ends.
func draw(n int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if n == 0 {
			return
		}
		start := rand.IntN(n)
		for _, block := range rand.Perm((n + drawBlock - 1) / drawBlock) {
			low, high := block*drawBlock, min((block+1)*drawBlock, n)
			at, step := low, 1
			if rand.IntN(2) == 0 {
				at, step = high-1, -1
			}
			for range high - low {
				if !yield((start + at) % n) {
					return
				}
				at += step
			}
		}
	}
}
