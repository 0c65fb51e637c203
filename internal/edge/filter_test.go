package edge

import (
	"bufio"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/wireroom/wireroom/internal/wire"
)

// A receiver may say what it wants as soon as it is connected, while the edge is
// still telling it of the past. From the place that the answer names the new
// filter holds, here where a goroutine serves the connection.
func TestAFilterSaidDuringTheReplayHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := open(t, Options{})
		h.publish(story("en", "Cotton"), wire.Publish) // 1
		conn, err := h.line.dial(t.Context(), "", "")
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprint(conn, "GET /v1/ws?after=0&lang=ar&format=headline HTTP/1.1\r\nHost: wire.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
		in := bufio.NewReaderSize(conn, 16)
		if resp, err := http.ReadResponse(in, nil); err != nil || resp.StatusCode != http.StatusSwitchingProtocols {
			t.Fatalf("%v, %v", resp, err)
		}
		// The edge cannot write its opening before it is read, and so has not
		// begun to replay.
		go conn.Write(maskedText([]byte(`{"filter":"lang=en"}`)))
		synctest.Wait()
		messages := make(chan string, 100)
		go func() {
			for {
				text, err := readMessage(in)
				if err != nil {
					return
				}
				messages <- string(text)
			}
		}()
		synctest.Wait()
		h.publish(story("ar", "قطن"), wire.Publish)  // 2
		h.publish(story("en", "Yarn"), wire.Publish) // 3
		synctest.Wait()
		var got []string
		for len(messages) > 0 {
			text := <-messages
			kind := text[strings.Index(text, `"type":"`)+8:]
			kind, _, _ = strings.Cut(kind, `"`)
			number := text[strings.Index(text, `"number":`)+9:]
			got = append(got, kind+" "+number[:1])
		}
		if got, want := strings.Join(got, ", "), "hello 0, place 1, filter 1, item 3"; got != want {
			t.Errorf("%s; want %s", got, want)
		}
	})
}
