package drop

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/textproto"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/pkg/sftp"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestWhatWentWrongIsSaidInAFewWords(t *testing.T) {
	reply := func(code int) error {
		return ftpRefusal(errors.Join(io.ErrUnexpectedEOF, &textproto.Error{Code: code, Msg: "plugh"}))
	}
	answer := func(status int, body string) error {
		return s3Refusal(&http.Response{StatusCode: status, Header: http.Header{"Retry-After": {"30"}}}, []byte(body))
	}
	for want, err := range map[string]error{
		"timed out": context.DeadlineExceeded, "stopped": context.Canceled, "connection lost": errors.New("plugh"),
		"connection refused":                       &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)},
		"host unreachable":                         &net.OpError{Op: "dial", Err: os.NewSyscallError("connect", syscall.EHOSTUNREACH)},
		"the name does not resolve":                &net.DNSError{Name: "plugh", IsNotFound: true},
		"530 " + noLogin:                           reply(530),
		"550 " + noPermission:                      reply(550),
		"552 " + noSpace:                           reply(552),
		"421 the server is closing or busy":        reply(421),
		"522 the server wants another kind of TLS": reply(522),
		"502 the server does not know the command": reply(502),
		"450 " + notDone:                           reply(450),
		"451 the server could not store it":        reply(451),
		noFolder:                                   sftpRefusal(os.ErrNotExist),
		noPermission:                               sftpRefusal(os.ErrPermission),
		noSpace:                                    sftpRefusal(&sftp.StatusError{Code: quotaExceeded}),
		notDone:                                    sftpRefusal(&sftp.StatusError{Code: 4}),
		"503 SlowDown":                             answer(503, "<Error><Code>SlowDown</Code><Message>plugh</Message></Error>"),
		"403 SignatureDoesNotMatch: " + noLogin:    answer(403, "<Error><Code>SignatureDoesNotMatch</Code></Error>"),
		"403 AccessDenied: " + noPermission:        answer(403, "<Error><Code>AccessDenied</Code></Error>"),
		"507 InsufficientStorage: " + noSpace:      answer(507, "<Error><Code>InsufficientStorage</Code></Error>"),
		"301 PermanentRedirect: " + otherRegion:    answer(301, "<Error><Code>PermanentRedirect</Code></Error>"),
		"404 NoSuchBucket: " + noFolder:            answer(404, "<Error><Code>NoSuchBucket</Code></Error>"),
		"302":                                      answer(302, ""),
		"500":                                      answer(500, "<Error><Code>plugh xyzzy</Code></Error>"),
		"400":                                      answer(400, "<Error><Code>"+strings.Repeat("plugh", 20)+"</Code></Error>"),
	} {
		got := resultOf(err)
		if got.Outcome != wire.Deferred || got.Code != want {
			t.Errorf("%v: %+v, want %q", err, got, want)
		}
		if want == "503 SlowDown" && got.After != 30*time.Second {
			t.Errorf("comes back after %v", got.After)
		}
	}
	if got := resultOf(&net.OpError{Op: "dial", Err: errPrivate}); got != (courier.Result{Outcome: wire.Failed, Code: errPrivate.Error()}) {
		t.Errorf("%+v", got)
	}
	if sftpRefusal(nil) != nil || ftpRefusal(nil) != nil {
		t.Error("nothing went wrong")
	}
}
