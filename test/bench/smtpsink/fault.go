package smtpsink

// Faults are what goes wrong, as shares of the recipients from 0 to 1. Who is
// concerned depends on the address alone, so that every run is the same.
type Faults struct {
	Defer        float64 // answered 451 to their first DeferTries attempts
	DeferTries   int     // 0: 1
	Refuse       float64 // answered 550 always
	Drop         float64 // connection cut after their first letter, which is not taken
	DropAccepted float64 // cut as well, but the letter is taken, which nobody is told
}

func (f *Faults) deferred(r *recipient, try uint32) bool {
	return f.Defer > 0 && int(try) <= max(f.DeferTries, 1) && chance(r.address, 1) < f.Defer
}

func (f *Faults) refused(r *recipient) bool { return f.Refuse > 0 && chance(r.address, 2) < f.Refuse }

func (f *Faults) drops(r *recipient) bool { return f.Drop > 0 && chance(r.address, 3) < f.Drop }

func (f *Faults) dropsAccepted(r *recipient) bool {
	return f.DropAccepted > 0 && chance(r.address, 4) < f.DropAccepted
}

// chance is a number from 0 to 1, spread evenly over addresses: FNV-1a, then a
// finalizer, because addresses differ in a few characters only.
func chance(address []byte, salt uint64) float64 {
	h := 14695981039346656037 ^ salt*0x9e3779b97f4a7c15
	for _, c := range address {
		h = (h ^ uint64(c)) * 1099511628211
	}
	h = (h ^ h>>33) * 0xff51afd7ed558ccd
	h = (h ^ h>>33) * 0xc4ceb9fe1a85ec53
	h ^= h >> 33
	return float64(h>>11) / (1 << 53)
}
