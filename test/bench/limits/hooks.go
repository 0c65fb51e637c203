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

	"github.com/wireroom/wireroom/test/bench/hooksink"
	"github.com/wireroom/wireroom/test/bench/others"
)

// Hooks posts to every endpoint over connections of its own, whose requests are
// written by hand.
func Hooks(ctx context.Context, o others.HookOptions) ([]others.HookRound, error) {
	open := make([]*line, o.Endpoints)
	return others.Rounds(ctx, o.Control, o.Rounds, func(round int) (int, int, error) {
		body := others.Body(o.Size, round)
		return others.Each(o.Endpoints, o.Workers, func(next func() int, done func(error)) error {
			for i := next(); i >= 0; i = next() {
				if open[i] == nil {
					var err error
					if open[i], err = dialHook(ctx, &o, i); err != nil {
						return err
					}
				}
				done(open[i].post(i, "msg_"+strconv.Itoa(round)+"."+strconv.Itoa(i), body))
			}
			return nil
		})
	})
}

// line is a connection to one endpoint.
type line struct {
	conn net.Conn
	in   *bufio.Reader
	host string
}

func dialHook(ctx context.Context, o *others.HookOptions, i int) (*line, error) {
	host := fmt.Sprintf("%s:%d", hooksink.Address(i), o.Port)
	dial := (&net.Dialer{Timeout: o.Timeout}).DialContext
	if o.TLS {
		dial = (&tls.Dialer{NetDialer: &net.Dialer{Timeout: o.Timeout}}).DialContext
	}
	c, err := dial(ctx, "tcp", host)
	if err != nil {
		return nil, err
	}
	return &line{c, bufio.NewReaderSize(c, 512), host}, nil
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
