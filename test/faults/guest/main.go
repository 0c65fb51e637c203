// Command guest is the first process of the virtual machine whose power the
// fault tests cut: it mounts the disk, starts the real wireroom beside a mail
// relay and webhook endpoints of its own, hands in releases, and says on the
// console, which outlives the machine, what was accepted and what came out.
//
// It never runs outside such a machine and judges nothing: the test that owns
// the machine does, from what was said.
//
// Lines on the console, one fact each:
//
//	READY                      the wire serves
//	A REQUEST RELEASE          a release was accepted
//	V RELEASE VERB             an act on a release was acknowledged
//	H NUMBER ITEM ENDPOINT     a webhook was delivered
//	M MESSAGE-ID RECIPIENT     a mail was delivered
//	S NUMBER ITEM RELEASE KEY  SQL has this item, see rig.ItemKey
//	I JSON                     SQL has this item, in full
//	R RELEASE STATE            SQL has this release, not on the wire yet
//	LISTED                     that was all SQL has
//	J …                        what a clock jump did
//	LOG LINE                   the wire warned
//	ERR TEXT                   the run itself went wrong
//	END                        all done, about to power off
package main

import (
	"fmt"
	"os"
	"sync"
)

var console sync.Mutex // one line at a time

// say writes a line to the console.
func say(format string, args ...any) {
	console.Lock()
	defer console.Unlock()
	fmt.Fprintf(os.Stdout, format+"\n", args...)
}

func main() {
	if os.Getpid() != 1 {
		fmt.Fprintln(os.Stderr, "guest: runs only as the first process of a virtual machine")
		os.Exit(2)
	}
	if err := prepare(); err != nil {
		say("ERR %v", err)
		powerOff()
	}
	var err error
	switch mode := os.Getenv("MODE"); mode {
	case "work":
		err = work()
	case "drain":
		err = drain()
	case "clock":
		err = jumps()
	default:
		err = fmt.Errorf("no such mode: %q", mode)
	}
	if err != nil {
		say("ERR %v", err)
	}
	say("END")
	powerOff()
}
