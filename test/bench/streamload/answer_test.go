package streamload

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

const head = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"

// chunked is a stream in chunks of so many bytes.
func chunked(text string, size int) string {
	var b strings.Builder
	b.WriteString(head + "Transfer-Encoding: chunked\r\n\r\n")
	for len(text) > 0 {
		n := min(size, len(text))
		fmt.Fprintf(&b, "%x\r\n%s\r\n", n, text[:n])
		text = text[n:]
	}
	return b.String()
}

func TestEventsAreFoundHoweverTheyAreCutUp(t *testing.T) {
	text := ": welcome\n\n" +
		"id: 1\ndata: {\"headline\":\"@R0007@ News @R0008@\"}\n\n" + // an event is of one round
		"id: 5\n\n" + // a heartbeat
		"data: @R00 @Rx007@ @R@R0012@\n\n" +
		"data: @R001" + "\n\n" + // no whole marker
		"data: 3@\n\n" + // nor its end, of another event
		"data: @R9999@\n\n"
	want := []int{none, 7, none, 12, none, none, 9999}
	streams := map[string]string{"plain": head + "\r\n" + text}
	for _, size := range []int{1, 2, 7, 1000} {
		streams[fmt.Sprintf("chunks of %d", size)] = chunked(text, size)
	}
	for name, stream := range streams {
		for piece := 1; piece <= len(stream); piece++ {
			var a answer
			var got []int
			for rest := []byte(stream); len(rest) > 0; rest = rest[min(piece, len(rest)):] {
				if err := a.take(rest[:min(piece, len(rest))], func(round int) { got = append(got, round) }); err != nil {
					t.Fatalf("%s, in pieces of %d: %v", name, piece, err)
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("%s, in pieces of %d: %v, want %v", name, piece, got, want)
			}
		}
	}
}

func TestWhatIsNoStreamIsRefused(t *testing.T) {
	for name, c := range map[string]struct{ stream, want string }{
		"an error":          {"HTTP/1.1 503 Service Unavailable\r\n\r\nfull", `answers "HTTP/1.1 503 Service Unavailable": full`},
		"an endless head":   {head + strings.Repeat("X: y\r\n", 10_000), "more than"},
		"no size":           {chunked("", 1) + "xyz\r\n", `size "xyz\r\n"`},
		"the end in chunks": {chunked("data: x\n\n", 3) + "0\r\n\r\n", "ended"},
	} {
		var a answer
		err := a.take([]byte(c.stream), func(int) {})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

func TestMarkersAreTheirRounds(t *testing.T) {
	for _, round := range []int{0, 7, MaxRounds - 1} {
		if got, ok := number([]byte(Marker(round))[len(markerStart):]); !ok || got != round || len(Marker(round)) != markerLength {
			t.Errorf("%s is round %d", Marker(round), got)
		}
	}
}
