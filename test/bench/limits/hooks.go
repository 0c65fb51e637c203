package limits

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"sync/atomic"

	"github.com/wireroom/wireroom/test/bench/hooksink"
	"github.com/wireroom/wireroom/test/bench/others"
)

// Hooks posts to every endpoint at once over connections of its own, whose
// requests are written by hand.
func Hooks(ctx context.Context, o others.HookOptions) ([]others.HookRound, error) {
	open := make([]*line, o.Endpoints)
	return others.Rounds(ctx, o.Control, o.Rounds, func(round int) (int, int, error) {
		body := others.Body(o.Size, round)
		var done, failed atomic.Int64
		var group sync.WaitGroup
		for i := range open {
			group.Go(func() {
				if open[i] == nil {
					open[i] = dialHook(ctx, &o, i)
				}
				if open[i] == nil || open[i].post(i, "msg_"+strconv.Itoa(round)+"."+strconv.Itoa(i), body) != nil {
					failed.Add(1)
					return
				}
				done.Add(1)
			})
		}
		group.Wait()
		return int(done.Load()), int(failed.Load()), nil
	})
}

// line is a connection to one endpoint.
type line struct {
	conn net.Conn
	in   *bufio.Reader
	host string
}

func dialHook(ctx context.Context, o *others.HookOptions, i int) *line {
	host := fmt.Sprintf("%s:%d", hooksink.Address(i), o.Port)
	dial := (&net.Dialer{Timeout: o.Timeout}).DialContext
	if o.TLS {
		dial = (&tls.Dialer{NetDialer: &net.Dialer{Timeout: o.Timeout}}).DialContext
	}
	c, err := dial(ctx, "tcp", host)
	if err != nil {
		return nil
	}
	return &line{c, bufio.NewReaderSize(c, 512), host}
}

func (l *line) post(i int, id string, body []byte) error {
	h := http.Header{}
	others.Sign(h, i, id, body)
	b := fmt.Appendf(make([]byte, 0, len(body)+512), "POST /h/%d HTTP/1.1\r\nHost: %s\r\nContent-Length: %d\r\n", i, l.host, len(body))
	for name, values := range h {
		b = append(append(append(append(b, name...), ": "...), values[0]...), "\r\n"...)
	}
	b = append(append(b, "\r\n"...), body...)
	if _, err := l.conn.Write(b); err != nil {
		return err
	}
	response, err := http.ReadResponse(l.in, nil)
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	response.Body.Close()
	if err == nil && response.StatusCode/100 != 2 {
		err = fmt.Errorf("%s", response.Status)
	}
	return err
}
