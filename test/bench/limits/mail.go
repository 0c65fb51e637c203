package limits

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/wireroom/wireroom/test/bench/others"
	"github.com/wireroom/wireroom/test/bench/story"
)

// depth is how many letters are under way on a connection by BDAT, which waits
// for nothing.
const depth = 16

// Mail sends n constant letters over so many connections: by DATA, the content
// of one and the envelope of the next in one flight, or by BDAT.
func Mail(ctx context.Context, relay string, n, connections int, chunking bool, letter []byte) (*others.Result, error) {
	addresses := make([]string, n)
	for i := range addresses {
		addresses[i] = story.RecipientOf(i).Address
	}
	return others.Measure(func() (int, int, error) {
		var at, done atomic.Int64
		var group sync.WaitGroup
		errs := make(chan error, connections)
		for range connections {
			group.Go(func() {
				w, err := dial(ctx, relay)
				if err != nil {
					errs <- err
					return
				}
				defer w.conn.Close()
				w.addresses = addresses
				w.next = func() int {
					if i := int(at.Add(1)) - 1; i < n {
						return i
					}
					return -1
				}
				if chunking {
					err = w.chunks(letter, &done)
				} else {
					err = w.flights(letter, &done)
				}
				if err != nil {
					errs <- err
				}
			})
		}
		group.Wait()
		close(errs)
		return int(done.Load()), n - int(done.Load()), <-errs
	})
}

// writer is one connection. It belongs to one goroutine.
type writer struct {
	conn net.Conn
	in   *bufio.Reader
	out  []byte
	next func() int

	addresses []string
}

func dial(ctx context.Context, relay string) (*writer, error) {
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", relay)
	if err != nil {
		return nil, err
	}
	w := &writer{conn: c, in: bufio.NewReaderSize(c, 4<<10)}
	if err := w.hear(220); err != nil {
		return nil, err
	}
	w.out = append(w.out, "EHLO wire.example\r\n"...)
	if err := w.send(); err != nil {
		return nil, err
	}
	return w, w.hear(250)
}

func (w *writer) send() error {
	_, err := w.conn.Write(w.out)
	w.out = w.out[:0]
	return err
}

var errShort = errors.New("limits: the relay said too little")

// hear reads one reply, which must have a code.
func (w *writer) hear(want int) error {
	for {
		line, err := w.in.ReadSlice('\n')
		if err != nil {
			return err
		}
		if len(line) < 4 {
			return errShort
		}
		if line[3] == '-' {
			continue
		}
		if code, _ := strconv.Atoi(string(line[:3])); code != want {
			return fmt.Errorf("limits: the relay said %q", line)
		}
		return nil
	}
}

func (w *writer) envelope(i int) {
	w.out = append(w.out, "MAIL FROM:<"+story.From+">\r\nRCPT TO:<"...)
	w.out = append(append(w.out, w.addresses[i]...), ">\r\n"...)
}

// flights sends letters by DATA.
func (w *writer) flights(letter []byte, done *atomic.Int64) error {
	i := w.next()
	if i < 0 {
		return nil
	}
	w.envelope(i)
	w.out = append(w.out, "DATA\r\n"...)
	for i >= 0 {
		if err := w.send(); err != nil {
			return err
		}
		for _, want := range []int{250, 250, 354} {
			if err := w.hear(want); err != nil {
				return err
			}
		}
		w.out = append(append(w.out, letter...), ".\r\n"...)
		if i = w.next(); i >= 0 {
			w.envelope(i)
			w.out = append(w.out, "DATA\r\n"...)
		}
		if err := w.send(); err != nil {
			return err
		}
		if err := w.hear(250); err != nil {
			return err
		}
		done.Add(1)
	}
	return nil
}

// chunks sends letters by BDAT.
func (w *writer) chunks(letter []byte, done *atomic.Int64) error {
	flight := make(chan struct{}, depth)
	heard := make(chan error, 1)
	go func() {
		for range flight {
			for range 3 {
				if err := w.hear(250); err != nil {
					heard <- err
					return
				}
			}
			done.Add(1)
		}
		heard <- nil
	}()
	for i := w.next(); i >= 0; i = w.next() {
		w.envelope(i)
		w.out = append(strconv.AppendInt(append(w.out, "BDAT "...), int64(len(letter)), 10), " LAST\r\n"...)
		w.out = append(w.out, letter...)
		if len(w.out) >= 64<<10 {
			if err := w.send(); err != nil {
				return err
			}
		}
		select {
		case flight <- struct{}{}:
		case err := <-heard:
			return err
		default:
			if err := w.send(); err != nil {
				return err
			}
			select {
			case flight <- struct{}{}:
			case err := <-heard:
				return err
			}
		}
	}
	err := w.send()
	close(flight)
	if e := <-heard; err == nil {
		err = e
	}
	return err
}
