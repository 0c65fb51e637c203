package drop

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"syscall"
	"time"

	"github.com/wireroom/wireroom/internal/courier"
	"github.com/wireroom/wireroom/internal/wire"
)

// refusal is what a server answered, or what is wrong with it, in words of ours:
// a server's own may repeat a user's name, a path or worse.
type refusal struct {
	code  string
	after time.Duration // how long to wait, if the server said so
	err   error
}

func (r *refusal) Error() string { return r.code }
func (r *refusal) Unwrap() error { return r.err }

// refused makes a refusal of a cause, which is not shown.
func refused(code string, cause error) error { return &refusal{code: code, err: cause} }

// The words of refusals that servers of several kinds have.
const (
	noLogin      = "the log-in was refused"
	noFolder     = "no such folder"
	noPermission = "no permission to write there"
	noSpace      = "the disk or the quota there is full"
	notTrusted   = "the certificate cannot be trusted"
	notWhole     = "the file there is not as long as what was sent"
	otherRegion  = "the bucket is of another region"
	notDone      = "the server refused"
)

// unwritten is why a file could not be made, before any server was asked.
type unwritten struct{ error }

func (u unwritten) Unwrap() error { return u.error }

var errPrivate = errors.New("the address is not a public one")

// resultOf says what an error means for a delivery. Nearly everything can be
// mended at the outlet while the schedule lasts: a password, a folder, a quota.
func resultOf(err error) courier.Result {
	if errors.Is(err, errPrivate) {
		return courier.Result{Outcome: wire.Failed, Code: errPrivate.Error()} // it will not become public by waiting
	}
	if u, ok := errors.AsType[unwritten](err); ok {
		return courier.Unwritten(u.error)
	}
	if e, ok := errors.AsType[*wire.Error](err); ok {
		return courier.Result{Outcome: wire.Failed, Code: "the " + e.Field + " of the folder cannot be used"} // Check would have refused it
	}
	r := courier.Result{Outcome: wire.Deferred, Code: cause(err)}
	if refusal, ok := errors.AsType[*refusal](err); ok {
		r.After = refusal.after
	}
	return r
}

// cause says what went wrong in a few words.
func cause(err error) string {
	if refusal, ok := errors.AsType[*refusal](err); ok {
		return refusal.code
	}
	var timeout interface{ Timeout() bool }
	switch {
	case errors.Is(err, errStalled), errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "timed out"
	case errors.Is(err, context.Canceled):
		return "stopped"
	case errors.Is(err, syscall.ECONNREFUSED):
		return "connection refused"
	case errors.Is(err, syscall.EHOSTUNREACH), errors.Is(err, syscall.ENETUNREACH):
		return "host unreachable"
	case distrust(err):
		return notTrusted
	}
	for _, said := range []error{errTalkative, errNotFTP, errNotSSH} {
		if errors.Is(err, said) {
			return said.Error()
		}
	}
	if _, ok := errors.AsType[*net.DNSError](err); ok {
		return "the name does not resolve"
	}
	return "connection lost"
}

// distrust reports whether TLS failed for the server's certificate.
func distrust(err error) bool {
	_, verification := errors.AsType[*tls.CertificateVerificationError](err)
	_, authority := errors.AsType[x509.UnknownAuthorityError](err)
	_, name := errors.AsType[x509.HostnameError](err)
	return verification || authority || name
}
