//go:build linux

package webhook

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"fmt"
	"io"
	"math/big"
	"net"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/courier/channeltest"
	"github.com/wireroom/wireroom/internal/wire"
)

// The kernel keeps up to 4,096 connections that wait to be taken at a listener,
// and lets those above wait for a second: endpoints at different places do not
// share one.
const (
	benchEndpoints = 6500
	benchListeners = 8
)

// outlets are so many endpoints, each on a loopback address of its own. Of 20,
// two take the request and never answer and one answers 500, if there are bad
// ones. It is written for little cost.
type outlets struct {
	listeners []net.Listener
	bad       bool
	roots     *x509.CertPool
}

func (o *outlets) hangs(i int) bool { return o.bad && (i%20 == 3 || i%20 == 13) }
func (o *outlets) fails(i int) bool { return o.bad && i%20 == 7 }

func openOutlets(b *testing.B, bad, secure bool) *outlets {
	b.Helper()
	config := net.ListenConfig{Control: func(_, _ string, c syscall.RawConn) error {
		var err error
		if e := c.Control(func(fd uintptr) {
			err = syscall.SetsockoptString(int(fd), syscall.SOL_SOCKET, syscall.SO_BINDTODEVICE, "lo")
		}); e != nil {
			return e
		}
		return err
	}}
	o := &outlets{bad: bad}
	var secured *tls.Config
	if secure {
		secured = o.certificate(b)
	}
	for range benchListeners {
		l, err := config.Listen(b.Context(), "tcp4", "0.0.0.0:0") // on the loopback device alone
		if err != nil {
			b.Skipf("cannot listen on all of 127.0.0.0/8: %v", err)
		}
		b.Cleanup(func() { l.Close() })
		if secure {
			l = tls.NewListener(l, secured)
		}
		o.listeners = append(o.listeners, l)
		go func() {
			for {
				c, err := l.Accept()
				if err != nil {
					return
				}
				go o.serve(c)
			}
		}()
	}
	return o
}

func (o *outlets) certificate(b *testing.B) *tls.Config {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		b.Fatal(err)
	}
	make := func(template, parent *x509.Certificate) *x509.Certificate {
		template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
		der, err := x509.CreateCertificate(rand.Reader, template, parent, key.Public(), key)
		if err != nil {
			b.Fatal(err)
		}
		parsed, err := x509.ParseCertificate(der)
		if err != nil {
			b.Fatal(err)
		}
		return parsed
	}
	root := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "root"}, IsCA: true, BasicConstraintsValid: true}
	root = make(root, root)
	o.roots = x509.NewCertPool()
	o.roots.AddCert(root)
	leaves := map[string]*tls.Certificate{}
	for i := range benchEndpoints {
		leaf := make(&x509.Certificate{SerialNumber: big.NewInt(int64(i + 2)), IPAddresses: []net.IP{net.ParseIP(benchHost(i))}}, root)
		leaves[benchHost(i)] = &tls.Certificate{Certificate: [][]byte{leaf.Raw}, PrivateKey: key, Leaf: leaf}
	}
	return &tls.Config{GetCertificate: func(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
		host, _, err := net.SplitHostPort(hello.Conn.LocalAddr().String())
		return leaves[host], err
	}}
}

func (o *outlets) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReaderSize(c, 4<<10)
	for {
		first, err := r.ReadSlice('\n')
		if err != nil {
			return
		}
		path, _, _ := bytes.Cut(first[len("POST /"):], []byte(" "))
		i, err := strconv.Atoi(string(path))
		if err != nil {
			return
		}
		size := 0
		for {
			line, err := r.ReadSlice('\n')
			if err != nil {
				return
			}
			if len(line) <= 2 {
				break
			}
			if value, ok := bytes.CutPrefix(line, []byte("Content-Length: ")); ok {
				size, _ = strconv.Atoi(string(bytes.TrimSpace(value)))
			}
		}
		if _, err := r.Discard(size); err != nil {
			return
		}
		answer := "HTTP/1.1 204 No Content\r\n\r\n"
		switch {
		case o.hangs(i):
			_, _ = io.Copy(io.Discard, r)
			return
		case o.fails(i):
			answer = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n"
		}
		if _, err := io.WriteString(c, answer); err != nil {
			return
		}
	}
}

func benchHost(i int) string { return fmt.Sprintf("127.2.%d.%d", i/250, i%250+1) }

// directory are the subscriptions of all endpoints.
func (o *outlets) directory(scheme string) []wire.Subscription {
	all := make([]wire.Subscription, benchEndpoints)
	for i := range all {
		_, port, _ := net.SplitHostPort(o.listeners[i%benchListeners].Addr().String())
		all[i] = wire.Subscription{ID: wire.SubscriptionID(i + 1), Channel: wire.ByWebhook, Address: scheme + "://" + benchHost(i) + ":" + port + "/" + strconv.Itoa(i), Secret: secretText}
	}
	return all
}

// release is a source that hands one item out to everybody, and notes when the
// last healthy one took it.
type release struct {
	shipment courier.Shipment
	to       []wire.Subscription
	next     atomic.Int64
	began    time.Time
	healthy  atomic.Int64 // still to take it
	last     chan time.Duration
}

func (r *release) Beside() (courier.Parcel, bool) { return r.Next(false) }

func (r *release) Next(bool) (courier.Parcel, bool) {
	i := r.next.Add(1) - 1
	if int(i) >= len(r.to) {
		return courier.Parcel{}, false
	}
	return courier.NewParcel(r.shipment, r.to[i], 1, func(result courier.Result) {
		if result.Outcome == wire.Accepted && r.healthy.Add(-1) == 0 {
			r.last <- time.Since(r.began)
		}
	}, func(time.Duration) {}), true
}

// cpu is what this process has used of the processors.
func cpu() time.Duration {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

func bringRelease(b *testing.B, h *Webhooks, o *outlets, to []wire.Subscription) time.Duration {
	it := channeltest.Item(wire.Publish, "en")
	it.Body = []wire.Block{wire.P(strings.Repeat("Text of a release. ", 300))}
	s, err := h.Prepare(b.Context(), courier.Consignment{Item: it})
	if err != nil {
		b.Fatal(err)
	}
	r := &release{shipment: s, to: to, began: time.Now(), last: make(chan time.Duration, 1)}
	healthy := 0
	for i := range to {
		if !o.hangs(i) && !o.fails(i) {
			healthy++
		}
	}
	r.healthy.Store(int64(healthy))
	ctx, cancel := context.WithCancel(b.Context())
	var workers sync.WaitGroup
	for range h.Workers() {
		workers.Go(func() { h.Carry(ctx, ctx, r) })
	}
	var last time.Duration
	select {
	case last = <-r.last:
	case <-time.After(time.Minute):
		b.Fatalf("%d healthy endpoints got nothing", r.healthy.Load())
	}
	cancel() // those that hang
	workers.Wait()
	return last
}

// BenchmarkLastHealthyEndpoint brings a release to 6,500 endpoints, sink
// included: first over new connections or such as were made ahead, then over
// those that are kept. The time per operation says nothing; last-s is when the
// last healthy endpoint had taken it.
func BenchmarkLastHealthyEndpoint(b *testing.B) {
	for _, c := range []struct {
		name               string
		secure, bad, ahead bool
	}{
		{"cold", false, false, false}, {"ahead", false, false, true}, {"cold with bad ones", false, true, false}, {"ahead with bad ones", false, true, true},
		{"TLS cold", true, false, false}, {"TLS ahead", true, false, true}, {"TLS ahead with bad ones", true, true, true},
	} {
		b.Run(c.name, func(b *testing.B) {
			o := openOutlets(b, c.bad, c.secure)
			scheme := "http"
			if c.secure {
				scheme = "https"
			}
			to := o.directory(scheme)
			var first, warm, firstCPU, warmCPU, memory float64
			for range b.N {
				n := NewNetwork(Options{AllowPrivate: true, Roots: o.roots})
				h := New(site, n.Client(), time.Now)
				if c.ahead {
					began := time.Now()
					h.Preconnect(b.Context(), to)
					b.ReportMetric(time.Since(began).Seconds(), "preconnect-s")
				}
				began := cpu()
				first += bringRelease(b, h, o, to).Seconds()
				firstCPU += (cpu() - began).Seconds()
				began = cpu()
				warm += bringRelease(b, h, o, to).Seconds()
				warmCPU += (cpu() - began).Seconds()
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				memory = max(memory, float64(m.Sys-m.HeapReleased)/(1<<20))
				n.CloseIdleConnections()
			}
			b.ReportMetric(first/float64(b.N), "last-s")
			b.ReportMetric(warm/float64(b.N), "kept-last-s")
			b.ReportMetric(firstCPU/float64(b.N)/benchEndpoints*1e6, "cpu-µs/endpoint")
			b.ReportMetric(warmCPU/float64(b.N)/benchEndpoints*1e6, "kept-cpu-µs/endpoint")
			b.ReportMetric(memory, "MB-with-sink")
		})
	}
}

func BenchmarkSign(b *testing.B) {
	_, key, err := ed25519.GenerateKey(nil)
	if err != nil {
		b.Fatal(err)
	}
	body := make([]byte, 8<<10)
	for name, secret := range map[string]string{"v1": secretText, "v1 and v1a": secretText + " " + asymmetric} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if _, err := Sign(secret, "itemid.5", at, body, key); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
