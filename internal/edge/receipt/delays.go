package receipt

import (
	"math/bits"
	"time"
)

// Delays are counted in steps of fixed size: microseconds, sixteen steps to each
// power of two, so that a quantile is exact to 7 %. A hundred thousand durations
// an item would be too many to keep.
const (
	delayBits = 4
	// Steps is how many there are: up to 2³⁴ µs, nearly five hours; the last
	// holds all beyond.
	Steps = 32 << delayBits
)

// Step returns where a number of microseconds is counted.
func Step(us int64) int {
	if us < 1<<delayBits {
		return int(us)
	}
	shift := bits.Len64(uint64(us)) - delayBits - 1
	return min((shift<<delayBits)+int(us>>shift), Steps-1)
}

// Lowest returns the smallest number of microseconds counted at a step.
func Lowest(step int) int64 {
	if step < 2<<delayBits {
		return int64(step)
	}
	shift := step>>delayBits - 1
	return int64(step-shift<<delayBits) << shift
}

// Counts are delays by their step, those that there were none of left out.
type Counts []Count

// Count is how many delays there were of one step.
type Count struct {
	Step int   `json:"s"`
	N    int64 `json:"n"`
}

// Quantile returns the delay that a share of all, from 0 to 1, do not exceed. It
// lies between least and most, which are known exactly.
func (c Counts) Quantile(share float64, least, most time.Duration) time.Duration {
	total := int64(0)
	for _, one := range c {
		total += one.N
	}
	if total == 0 {
		return 0
	}
	rank := max(1, int64(share*float64(total)+.5))
	for _, one := range c {
		if rank > one.N {
			rank -= one.N
			continue
		}
		middle := time.Duration(Lowest(one.Step)+Lowest(one.Step+1)) * time.Microsecond / 2
		return min(max(middle, least), most)
	}
	return most
}

// plus returns both together.
func (c Counts) plus(other Counts) Counts {
	var all Counts
	for len(c) > 0 || len(other) > 0 {
		switch {
		case len(other) == 0 || len(c) > 0 && c[0].Step < other[0].Step:
			all, c = append(all, c[0]), c[1:]
		case len(c) == 0 || other[0].Step < c[0].Step:
			all, other = append(all, other[0]), other[1:]
		default:
			all = append(all, Count{c[0].Step, c[0].N + other[0].N})
			c, other = c[1:], other[1:]
		}
	}
	return all
}
