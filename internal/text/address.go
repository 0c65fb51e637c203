package text

import "bytes"

// whole is what is found in one piece beside its words: a host name, an e-mail
// address, a web address, a name with points in it such as BRK.B. It spans words
// of the run, and ends at a byte of it.
type whole struct {
	first, last int
	to          int
}

// maxWhole bounds a whole, in bytes; a longer one is found by its words.
const maxWhole = 256

// findWholes finds the wholes of the run, ordered by their first word, of several
// with the same the longest first.
func (a *analysis) findWholes() {
	a.wholes = a.wholes[:0]
	for i := 0; i < len(a.words); {
		last := a.joined(i, ".-_", "+%")
		if mail := last + 1; mail < len(a.words) && a.jointBefore(mail) == "@" {
			last = a.joined(mail, ".-", "")
			a.addWhole(i, last)
			a.addHost(mail, last)
		} else {
			a.addHost(i, last)
		}
		i = last + 1
	}
}

// joined returns the last of the words from first on that some joints join; the
// further ones count only if they lead to an e-mail address.
func (a *analysis) joined(first int, by, further string) int {
	last, beyond := first, first
	for beyond+1 < len(a.words) {
		joint := a.jointBefore(beyond + 1)
		switch {
		case len(joint) == 1 && bytes.Contains([]byte(by), []byte(joint)):
			if last == beyond {
				last++
			}
		case len(joint) == 1 && bytes.Contains([]byte(further), []byte(joint)):
		case joint == "@" && further != "":
			return beyond
		default:
			return last
		}
		beyond++
	}
	return last
}

// jointBefore is what joins a word to the one before it.
func (a *analysis) jointBefore(i int) string {
	return string(a.folded[a.words[i-1].to:a.words[i].from])
}

// addHost adds what points join: all of it, without www.; the path behind it too;
// and what stands between hyphens in it.
func (a *analysis) addHost(first, last int) {
	if first < last && a.isWWW(first) {
		first++
	}
	points := -1 // where a sequence joined by points alone began, if it has any
	any := false
	for i := first + 1; i <= last; i++ {
		any = any || a.jointBefore(i) == "."
	}
	if !any {
		return
	}
	if next := last + 1; next < len(a.words) && a.jointBefore(next) == "/" {
		a.addWhole(first, len(a.words)-1)
	}
	a.addWhole(first, last)
	for i := first + 1; i <= last+1; i++ {
		switch {
		case i <= last && a.jointBefore(i) == ".":
			if points < 0 {
				points = i - 1
			}
		case points >= 0:
			if points != first || i-1 != last {
				a.addWhole(points, i-1)
			}
			points = -1
		}
	}
}

func (a *analysis) addWhole(first, last int) {
	to := a.words[last].to
	if n := len(a.wholes); to-a.words[first].from > maxWhole || n > 0 && a.wholes[n-1] == (whole{first, last, to}) {
		return
	}
	a.wholes = append(a.wholes, whole{first, last, to})
}

func (a *analysis) isWWW(i int) bool {
	w := a.words[i]
	return string(a.folded[w.from:w.to]) == "www" && a.jointBefore(i+1) == "."
}

// leadsToHost reports whether a word only says that a host name follows: https,
// www. A query does without it.
func (a *analysis) leadsToHost(i int) bool {
	if i+1 >= len(a.words) {
		return false
	}
	if a.jointBefore(i+1) == "://" {
		return true
	}
	return a.isWWW(i) && i+2 < len(a.words)
}
