package edge

import (
	"bufio"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// idleAt has this benchmark, in a process of its own, play the desktops: the address
// of the edge and the protocol.
const idleAt = "WIREROOM_IDLE_AT"

// idleDesktops is enough for what each takes to stand out.
const idleDesktops = 500

// BenchmarkIdleDesktop measures what a desktop at rest takes of the edge's memory, by
// protocol: what the runtime holds after a collection, stacks included. The system's
// part of a socket is not in it.
func BenchmarkIdleDesktop(b *testing.B) {
	if at := strings.Fields(os.Getenv(idleAt)); len(at) == 2 {
		playIdle(b, at[0], at[1])
		return
	}
	for _, over := range []string{"plain", "http/1.1", "h2"} {
		b.Run(strings.ReplaceAll(over, "/", "_"), func(b *testing.B) {
			for b.Loop() {
				b.ReportMetric(idle(b, over), "B/desktop")
			}
		})
	}
}

// playIdle joins and stays until the input ends.
func playIdle(b *testing.B, address, over string) {
	trusting := &tls.Config{InsecureSkipVerify: true} // the server's certificate is made for the test
	for range idleDesktops {
		var body *bufio.Reader
		if over == "h2" {
			client := http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, TLSClientConfig: trusting}}
			resp, err := client.Get("https://" + address + StreamPath + "?lang=en")
			if err != nil {
				b.Fatal(err)
			}
			defer resp.Body.Close()
			body = bufio.NewReader(resp.Body)
		} else {
			dial := net.Dial
			if over != "plain" {
				dial = func(network, address string) (net.Conn, error) { return tls.Dial(network, address, trusting) }
			}
			conn, err := dial("tcp", address)
			if err != nil {
				b.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "GET %s?lang=en HTTP/1.1\r\nHost: wire.example\r\n\r\n", StreamPath)
			body = bufio.NewReader(conn)
		}
		for line := ""; !strings.HasPrefix(line, "retry:"); {
			var err error
			if line, err = body.ReadString('\n'); err != nil {
				b.Fatal(err)
			}
		}
	}
	_, _ = os.Stdin.Read(make([]byte, 1))
}

func idle(b *testing.B, over string) float64 {
	e := New(Options{History: &tape{}, Heartbeat: time.Hour})
	server := httptest.NewUnstartedServer(e)
	if server.EnableHTTP2 = over == "h2"; over == "plain" {
		server.Start()
	} else {
		server.StartTLS()
	}
	defer server.Close()
	before := inUse()
	child := exec.Command(os.Args[0], "-test.run=^$", "-test.bench=^BenchmarkIdleDesktop$", "-test.benchtime=1x")
	child.Env = append(os.Environ(), fmt.Sprintf("%s=%s %s", idleAt, server.Listener.Addr(), over))
	child.Stderr = os.Stderr
	in, err := child.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := child.Start(); err != nil {
		b.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- child.Wait() }()
	for members(e) < idleDesktops {
		select {
		case err := <-ended:
			b.Fatalf("the desktops ended: %v", err)
		default:
			time.Sleep(time.Millisecond)
		}
	}
	after := inUse()
	in.Close()
	if err := <-ended; err != nil {
		b.Fatal(err)
	}
	return float64(after-before) / idleDesktops
}

// inUse is the memory that the runtime has in use, collected twice: what is finalized
// in the first is gone after the second.
func inUse() uint64 {
	runtime.GC()
	runtime.GC()
	debug.FreeOSMemory()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapInuse + m.StackInuse
}
