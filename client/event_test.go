package client

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// blocks reads a whole stream.
func blocks(r io.Reader, limit int) ([]block, error) {
	p := newParser(r, limit)
	var all []block
	for {
		b, err := p.next()
		if err == io.EOF {
			return all, nil
		}
		if err != nil {
			return all, err
		}
		all = append(all, b)
	}
}

// parse reads a whole stream and prints its blocks.
func parse(r io.Reader, limit int) ([]string, error) {
	all, err := blocks(r, limit)
	words := []string{}
	for _, b := range all {
		switch {
		case b.dispatch:
			words = append(words, fmt.Sprintf("%s %q %q", b.Type, b.ID, b.Data))
		default:
			words = append(words, fmt.Sprintf("place %q", b.ID))
		}
	}
	return words, err
}

// The names in quotes are the examples of WHATWG HTML §9.2.6.
func TestEventStreamsAreReadAsTheStandardSays(t *testing.T) {
	for _, c := range []struct{ name, stream, want string }{
		{"an item", "id: 7\nevent: item\ndata: {}\n\n", `item "7" "{}"`},
		{"'YHOO'", "data: YHOO\ndata: +2\ndata: 10\n\n", `message "" "YHOO\n+2\n10"`},
		{"'test stream'", ": test stream\n\ndata: first event\nid: 1\n\ndata:second event\nid\n\ndata:  third event\n\n",
			`place "", message "1" "first event", message "" "second event", message "" " third event"`},
		{"'two events, the last dropped'", "data\n\ndata\ndata\n\ndata:", `message "" "", message "" "\n"`},
		{"'space after the colon'", "data:test\n\ndata: test\n\n", `message "" "test", message "" "test"`},
		{"id alone moves the place without an event", "id: 9\n\n", `place "9"`},
		{"the id stays for later events", "id: 9\n\ndata: x\n\n", `place "9", message "9" "x"`},
		{"an event name without data is dropped", "event: item\n\ndata: x\n\n", `place "", message "" "x"`},
		{"id with NUL is ignored", "id: 1\x00\ndata: x\n\n", `message "" "x"`},
		{"CR", "id: 1\rdata: x\r\r", `message "1" "x"`},
		{"CRLF", "id: 1\r\ndata: x\r\n\r\n", `message "1" "x"`},
		{"mixed line ends", "id: 1\r\ndata: x\n\r", `message "1" "x"`},
		{"LF CR is two lines", "data: x\n\rdata: y\n\n", `message "" "x", message "" "y"`},
		{"byte order mark", "\ufeffdata: x\n\n", `message "" "x"`},
		{"byte order mark later is text", "data: x\n\n\ufeffdata: y\n\n", `message "" "x", place ""`},
		{"two byte order marks", "\ufeff\ufeffdata: x\n\n", `place ""`},
		{"unknown fields and comments", "Data: x\n:data: y\nfoo\n data: z\n\n", `place ""`},
		{"broken UTF-8", "data: a\xffb\n\n", `message "" "a�b"`},
		{"half an event at the end", "data: x\n", ``},
		{"nothing", "", ``},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, err := parse(strings.NewReader(c.stream), 1<<10)
			if err != nil || strings.Join(got, ", ") != c.want {
				t.Errorf("got  %s (%v)\nwant %s", strings.Join(got, ", "), err, c.want)
			}
		})
	}
}

func TestReconnectionTimesHoldFromTheirLineOn(t *testing.T) {
	for stream, want := range map[string]time.Duration{
		"retry: 2500\n": 2500 * time.Millisecond, "retry:7\nretry: 2s\nretry: -1\nretry\n": 7 * time.Millisecond,
		"retry: 99999999999999999999\n": maxRetry, "retry: 0\n": time.Millisecond, "retry: 5": 0, "data: x\n\n": 0,
	} {
		p := newParser(strings.NewReader(stream), 100)
		for err := error(nil); err == nil; {
			_, err = p.next()
		}
		if p.retry != want {
			t.Errorf("%q: %v, want %v", stream, p.retry, want)
		}
	}
}

func TestAnEventEndingInCRIsHandedOnWithoutWaiting(t *testing.T) {
	r, w := io.Pipe()
	defer w.Close()
	go w.Write([]byte("data: x\r\r"))
	done := make(chan error, 1)
	go func() {
		_, err := newParser(r, 100).next()
		done <- err
	}()
	select {
	case err := <-done:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the parser waits for a byte after CR")
	}
}

func TestLinesAndEventsAreBounded(t *testing.T) {
	for name, stream := range map[string]string{
		"line":    "data: " + strings.Repeat("x", 100),
		"comment": ":" + strings.Repeat("x", 100),
		"event":   strings.Repeat("data: 0123456789\n", 10),
	} {
		if _, err := parse(strings.NewReader(stream), 64); !errors.Is(err, ErrTooLong) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestNumberIsTheWireNumberInTheID(t *testing.T) {
	for id, want := range map[string]int64{"7": 7, "": 0, "x": 0, "-3": 0, "99999999999999999999": 0} {
		if got := (Event{ID: id}).Number(); got != want {
			t.Errorf("%q: %d", id, got)
		}
	}
}

// However the bytes are cut up, and whichever line ends are used, the events
// are the same; and events written again read the same.
func FuzzParser(f *testing.F) {
	for _, s := range []string{
		"retry: 2000\nid: 1\n\nid: 2\nevent: item\ndata: {\"a\":1}\n\n", "\ufeffdata: x\r\ndata\r\n\r\n", "id\n\ndata:\n\n",
		"event: a\rdata: b\rid: \x00\r\r", ": c\n\n:\n", "data: \xff\xfe\n\n", "\n\r\n\r", "retry: 1\nretry: 0\n\n",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		const limit = 200
		whole, err := parse(strings.NewReader(s), limit)
		cut, cutErr := parse(iotest.OneByteReader(strings.NewReader(s)), limit)
		if err != cutErr || strings.Join(whole, "\n") != strings.Join(cut, "\n") {
			t.Fatalf("whole: %q %v\ncut: %q %v", whole, err, cut, cutErr)
		}
		if err != nil {
			return
		}
		lf := strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(s)
		for _, end := range []string{"\n", "\r", "\r\n"} {
			other, err := parse(strings.NewReader(strings.ReplaceAll(lf, "\n", end)), limit)
			if err != nil || strings.Join(whole, "\n") != strings.Join(other, "\n") {
				t.Fatalf("with %q: %q, was %q (%v)", end, other, whole, err)
			}
		}
		events := rewrite(strings.NewReader(s), limit)
		if again := rewrite(strings.NewReader(events), 10*limit); again != events {
			t.Fatalf("%q written again is %q", events, again)
		}
	})
}

// rewrite returns the events of a stream as a new stream.
func rewrite(r io.Reader, limit int) string {
	var w strings.Builder
	all, _ := blocks(r, limit)
	for _, b := range all {
		if !b.dispatch {
			continue
		}
		fmt.Fprintf(&w, "event: %s\nid: %s\n", b.Type, b.ID)
		for line := range strings.SplitSeq(string(b.Data), "\n") {
			fmt.Fprintf(&w, "data: %s\n", line)
		}
		w.WriteByte('\n')
	}
	return w.String()
}
