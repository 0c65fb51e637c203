package edge

import (
	"bufio"
	"fmt"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestReceiversAreNotProbedAndGivenUpAfterTwoHeartbeats(t *testing.T) {
	e := New(Options{History: &tape{}, Heartbeat: 7 * time.Second})
	conn, err := plain.listen(t, e)()
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprint(conn, "GET /v1/stream HTTP/1.1\r\nHost: wire.example\r\n\r\n")
	if _, err := bufio.NewReader(conn).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	asked := make(chan struct{})
	for {
		var probes, silence int
		found := false
		e.mu.Lock()
		shards := e.shards
		e.mu.Unlock()
		for _, s := range shards {
			s.order(func() {
				for _, d := range s.all {
					found = true
					probes, _ = unix.GetsockoptInt(int(d.file), unix.SOL_SOCKET, unix.SO_KEEPALIVE)
					silence, _ = unix.GetsockoptInt(int(d.file), unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT)
				}
				asked <- struct{}{}
			})
			<-asked
		}
		if found {
			if probes != 0 || silence != 14000 {
				t.Errorf("probes %d, given up after %d ms; want 0, 14000", probes, silence)
			}
			return
		}
	}
}
