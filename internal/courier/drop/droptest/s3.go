package droptest

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// gateway builds Versity's S3 gateway, a module of its own in testdata so that
// the product's stays light. Go keeps what it has built.
var gateway = sync.OnceValues(func() (string, error) {
	mod, err := exec.Command("go", "env", "GOMOD").Output() // whichever package is tested
	if err != nil {
		return "", err
	}
	cmd := exec.Command("go", "tool", "-n", "versitygw")
	cmd.Dir = filepath.Join(filepath.Dir(strings.TrimSpace(string(mod))), "internal", "courier", "drop", "droptest", "testdata", "s3")
	out, err := cmd.Output()
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		err = errors.Join(err, errors.New(string(e.Stderr)))
	}
	return strings.TrimSpace(string(out)), err
})

// S3Gateway starts an S3 server over a folder, with TLS.
func S3Gateway(t *testing.T) *Outlet {
	t.Helper()
	path, err := gateway()
	if err != nil {
		absent(t, "Versity's S3 gateway", "go tool versitygw in droptest/testdata/s3", err)
	}
	etc, root, port := t.TempDir(), t.TempDir(), freePort(t)
	certificate, key, roots := certify(t)
	o := &Outlet{
		Address: "s3://bucket/in", Pin: "region=eu-central-1&endpoint=" + url.QueryEscape(fmt.Sprintf("https://127.0.0.1:%d", port)),
		Secret: "AKIAXYZZY:plugh/secret+key", Wrong: "AKIAXYZZY:another", Roots: roots, Authority: certificate, Dir: filepath.Join(root, "bucket", "in"),
	}
	Mkdir(t, o.Dir)
	o.server = run(t, port, []string{"ROOT_ACCESS_KEY=AKIAXYZZY", "ROOT_SECRET_KEY=plugh/secret+key", "HOME=" + etc}, path,
		"--port", fmt.Sprintf("127.0.0.1:%d", port), "--region", "eu-central-1",
		"--cert", Write(t, filepath.Join(etc, "cert.pem"), 0o600, certificate), "--key", Write(t, filepath.Join(etc, "key.pem"), 0o600, key), "posix", root)
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots}}}
	defer client.CloseIdleConnections()
	resp, err := client.Get(fmt.Sprintf("https://127.0.0.1:%d/", port))
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	return o
}
