package drop

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"encoding/xml"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/smithy-go/encoding/httpbinding"

	"github.com/wireroom/wireroom/internal/wire/retryafter"
)

// maxAnswer bounds what is read of an answer.
const maxAnswer = 64 << 10

// client makes the HTTP client of S3: it connects as everything here does,
// follows no redirect and uses no proxy.
func (d *Drops) client() *http.Client {
	return &http.Client{
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, network, address string) (net.Conn, error) {
				return d.dial(ctx, network, address)
			},
			TLSClientConfig: &tls.Config{RootCAs: d.Roots, MinVersion: tls.VersionTLS12}, ForceAttemptHTTP2: true,
			TLSHandshakeTimeout: dialTime, ResponseHeaderTimeout: stallTime, MaxResponseHeaderBytes: maxAnswer,
			MaxIdleConns: 1000, MaxIdleConnsPerHost: 4, IdleConnTimeout: idleTime,
		},
	}
}

// s3Session writes into a bucket. A PUT is atomic: the object is there whole or
// not at all, so nothing is staged.
type s3Session struct {
	drops  *Drops
	folder *folder
	secret *secret
}

func (s *s3Session) watch(context.Context) func() error     { return func() error { return nil } }
func (s *s3Session) stage(_ context.Context, _ *file) error { return nil }
func (s *s3Session) close()                                 {}

func (s *s3Session) publish(ctx context.Context, f *file) error {
	sum := sha256.Sum256(f.data)
	req, err := http.NewRequestWithContext(ctx, http.MethodPut, s.url(f.name).String(), bytes.NewReader(f.data))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", f.mediaType)
	req.Header.Set("X-Amz-Content-Sha256", hex.EncodeToString(sum[:]))
	req.Header.Set("X-Amz-Checksum-Sha256", base64.StdEncoding.EncodeToString(sum[:]))
	req.Header.Set("X-Amz-Meta-Wireroom-Item", f.item)
	login := aws.Credentials{AccessKeyID: s.secret.AccessKey, SecretAccessKey: s.secret.SecretKey}
	// The path is signed as it is sent: S3 alone of Amazon's services wants that.
	plain := func(o *v4.SignerOptions) { o.DisableURIPathEscaping = true }
	if err := v4.NewSigner().SignHTTP(ctx, login, req, hex.EncodeToString(sum[:]), "s3", s.folder.region, s.drops.Now(), plain); err != nil {
		return err
	}
	resp, err := s.drops.http.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, maxAnswer))
	if resp.StatusCode/100 == 2 {
		return nil
	}
	return s3Refusal(resp, body)
}

// url is where an object is put.
func (s *s3Session) url(name string) *url.URL {
	f := s.folder
	u := &url.URL{Scheme: "https", Host: "s3." + f.region + ".amazonaws.com"}
	if f.endpoint != nil {
		u.Scheme, u.Host = f.endpoint.Scheme, f.endpoint.Host
	}
	key := f.in(name)
	if f.byHost {
		u.Host = f.bucket + "." + u.Host
	} else {
		key = f.bucket + "/" + key
	}
	u.Path = "/" + key
	u.RawPath = httpbinding.EscapePath(u.Path, false)
	return u
}

var s3Code = regexp.MustCompile(`^[A-Za-z0-9]{1,60}$`)

// s3Refusal reads the code of an error document; its message may tell more than
// should be shown.
func s3Refusal(resp *http.Response, body []byte) error {
	var document struct {
		XMLName xml.Name `xml:"Error"`
		Code    string
	}
	r := &refusal{code: strconv.Itoa(resp.StatusCode)}
	if xml.Unmarshal(body, &document) == nil && s3Code.MatchString(document.Code) {
		r.code += " " + document.Code
		switch document.Code {
		case "InvalidAccessKeyId", "SignatureDoesNotMatch":
			r.code += ": " + noLogin
		case "AccessDenied":
			r.code += ": " + noPermission
		case "AuthorizationHeaderMalformed", "PermanentRedirect":
			r.code += ": " + otherRegion
		case "NoSuchBucket":
			r.code += ": " + noFolder
		}
	}
	if resp.StatusCode == http.StatusInsufficientStorage { // of no code of Amazon's
		r.code += ": " + noSpace
	}
	r.after = retryafter.Read(resp.Header.Get("Retry-After"), time.Now(), 24*time.Hour)
	return r
}
