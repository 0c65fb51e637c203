package frame

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"
)

func TestFormsAreWhatTheRequestAccepts(t *testing.T) {
	for _, c := range []struct {
		accept, coding string
		want           Form
	}{
		{"", "", Events},
		{"text/event-stream", "gzip, deflate, br, zstd", EventsGzip},
		{"*/*", "zstd", EventsZstd},
		{"text/event-stream", "identity", Events},
		{"text/event-stream", "gzip;q=0", Events},
		{"text/event-stream", "gzip; q=0, zstd;q=0.5", EventsZstd},
		{"application/jsonl", "", Lines},
		{"application/x-ndjson, */*;q=0.1", "GZIP", LinesGzip},
		{"application/x-jsonlines", "zstd", LinesZstd},
	} {
		r := &http.Request{Header: http.Header{}}
		r.Header.Set("Accept", c.accept)
		r.Header.Set("Accept-Encoding", c.coding)
		if got := FormOf(r); got != c.want {
			t.Errorf("%q %q: %d, want %d", c.accept, c.coding, got, c.want)
		}
	}
}

// plain undoes the compression of a connection's frames.
func plain(t *testing.T, f Form, frames ...[]byte) string {
	t.Helper()
	all := bytes.Join(frames, nil)
	var r io.Reader = bytes.NewReader(all)
	var err error
	switch f {
	case EventsGzip, LinesGzip:
		r, err = gzip.NewReader(r)
	case EventsZstd, LinesZstd:
		r, err = zstd.NewReader(r)
	case Socket, SocketFlate:
		return messages(t, all)
	}
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(r)
	if err != nil && err != io.ErrUnexpectedEOF { // a stream of gzip has no trailer
		t.Fatal(err)
	}
	return string(text)
}

// messages reads unmasked frames, as a receiver does, each in a line.
func messages(t *testing.T, b []byte) string {
	t.Helper()
	var lines strings.Builder
	for r := bufio.NewReader(bytes.NewReader(b)); ; {
		head := make([]byte, 2)
		if _, err := io.ReadFull(r, head); err == io.EOF {
			return lines.String()
		}
		length := int(head[1])
		if length == 126 {
			long := make([]byte, 2)
			if _, err := io.ReadFull(r, long); err != nil {
				t.Fatal(err)
			}
			length = int(long[0])<<8 | int(long[1])
		}
		payload := make([]byte, length)
		if _, err := io.ReadFull(r, payload); err != nil {
			t.Fatal(err)
		}
		if head[0]&0x40 != 0 {
			text, err := io.ReadAll(flate.NewReader(bytes.NewReader(append(payload, 0, 0, 0xff, 0xff))))
			if err != io.ErrUnexpectedEOF {
				t.Fatal(err)
			}
			payload = text
		}
		if head[0]&0x0f == 8 {
			fmt.Fprintf(&lines, "close %d\n", int(payload[0])<<8|int(payload[1]))
			continue
		}
		lines.Write(append(payload, '\n'))
	}
}

func TestEveryFormSaysTheSame(t *testing.T) {
	long := `{"text":"` + strings.Repeat("long ", 200) + `"}`
	events := "retry: 2317\nid: 41\n\nid: 42\nevent: item\ndata: " + long + "\n\nid: 57\n\nid: 9\nevent: reset\ndata: {\"after\":99,\"last\":9}\n\nretry: 3000\n"
	lines := `{"type":"hello","number":41,"retry":2317}
{"type":"item","number":42,"data":` + long + `}
{"type":"place","number":57}
{"type":"reset","number":9,"data":{"after":99,"last":9}}
{"type":"bye","retry":3000}
`
	for f := range Form(Forms) {
		got := plain(t, f, f.Opening(2317*time.Millisecond, 41), f.Item(42, []byte(long)), f.Place(57), f.Reset(99, 9, ""), f.Goodbye(3*time.Second, false))
		want := events
		switch f {
		case Lines, LinesGzip, LinesZstd:
			want = lines
		case Socket, SocketFlate:
			want = lines + "close 1012\n"
		}
		if got != want {
			t.Errorf("form %d says\n%swant\n%s", f, got, want)
		}
	}
}

func TestAFrameStandsForItself(t *testing.T) {
	for f := range Form(Forms) {
		// Another connection of the same form never got the first item.
		first, second := f.Item(1, []byte(`{"text":"the first of them"}`)), f.Item(2, []byte(`{"text":"the first of them, again"}`))
		if got := plain(t, f, f.Opening(time.Second, 1), second); !strings.Contains(got, "again") {
			t.Errorf("form %d after another beginning: %q", f, got)
		}
		if got := plain(t, f, f.Opening(time.Second, 0), first, second); strings.Count(got, "the first") != 2 {
			t.Errorf("form %d: %q", f, got)
		}
	}
}

func TestWhoIsSentAwayAtOnceIsToldSoInItsForm(t *testing.T) {
	for f := range Form(Forms) {
		if got := plain(t, f, f.Goodbye(3*time.Second, true)); !strings.Contains(got, "3000") {
			t.Errorf("form %d: %q", f, got)
		}
	}
}

func TestAnswersOnASocket(t *testing.T) {
	got := plain(t, Socket, Socket.Filter(7), Socket.Error("lang", `"xx" is no language`), Socket.Body(3, []byte(`{}`)))
	want := `{"type":"filter","number":7}
{"type":"error","field":"lang","detail":"\"xx\" is no language"}
{"type":"body","number":3,"data":{}}
`
	if got != want {
		t.Errorf("%s", got)
	}
}
