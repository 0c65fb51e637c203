package site

import (
	"bytes"
	"context"
	"errors"
	"mime/multipart"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"github.com/wireroom/wireroom/internal/web/site/sitetest"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestLookingAtTheLinkChangesNothing(t *testing.T) {
	b := newBench(t)
	for _, method := range []string{"GET", "HEAD"} {
		w := b.do(method, "/u/"+sitetest.Token("ar")+"?List-Unsubscribe=One-Click&do=unsubscribe", "", "Accept-Language", "fr")
		if w.Code != 200 || w.Header().Get("Content-Language") != "ar" || w.Header().Get("Cache-Control") != "no-store" || w.Header().Get("Referrer-Policy") != "same-origin" {
			t.Errorf("%s: %d %v", method, w.Code, w.Header())
		}
	}
	if done := b.subs.Done(); len(done) != 0 {
		t.Errorf("but it did %v", done)
	}
}

func TestOneClickEndsTheSubscription(t *testing.T) {
	b := newBench(t)
	w := b.do("POST", "/u/"+sitetest.Token("ja"), "List-Unsubscribe=One-Click")
	if w.Code != 200 || len(w.Result().Cookies()) != 0 || w.Header().Get("Content-Language") != "ja" {
		t.Errorf("%d %v", w.Code, w.Header())
	}
	// RFC 8058 §3.2 lets mail programs send the form as multipart too.
	var form bytes.Buffer
	m := multipart.NewWriter(&form)
	if err := errors.Join(m.WriteField("List-Unsubscribe", "One-Click"), m.Close()); err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequest("POST", "/u/"+sitetest.Token("en"), &form)
	r.Header.Set("Content-Type", m.FormDataContentType())
	w = httptest.NewRecorder()
	b.site.ServeHTTP(w, r)
	if w.Code != 200 {
		t.Errorf("multipart: %d", w.Code)
	}
	if done := b.subs.Done(); !slices.Equal(done, []string{"unsubscribe token-ja", "unsubscribe token-en"}) {
		t.Errorf("done: %v", done)
	}
}

func TestThePagesOwnButtonsLeadThereAndBack(t *testing.T) {
	b := newBench(t)
	w := b.get("/u/" + sitetest.Token("th"))
	for _, want := range []string{"unsubscribe", "resubscribe", "unsubscribe"} {
		tree, err := html.Parse(w.Body)
		if err != nil {
			t.Fatal(err)
		}
		forms := find(tree, "form", "method", "post")
		if len(forms) != 1 {
			t.Fatalf("%d forms", len(forms))
		}
		action, _ := attr(forms[0], "action")
		name, _ := attr(find(forms[0], "button")[0], "name")
		value, _ := attr(find(forms[0], "button")[0], "value")
		if value != want {
			t.Fatalf("the button does %s, not %s", value, want)
		}
		if w = b.do("POST", action, name+"="+value); w.Code != 200 {
			t.Fatalf("%s: %d", value, w.Code)
		}
	}
	if done := b.subs.Done(); !slices.Equal(done, []string{"unsubscribe token-th", "resubscribe token-th", "unsubscribe token-th"}) {
		t.Errorf("done: %v", done)
	}
}

func TestWhatIsNotATokenIsSaidToBeNone(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct {
		method, token, body string
		code                int
	}{
		{"GET", "nonsense", "", 404},
		{"POST", "nonsense", "List-Unsubscribe=One-Click", 404},
		{"POST", strings.Repeat("x", maxToken+1), "List-Unsubscribe=One-Click", 404},
		{"POST", sitetest.Token("en"), "hello=world", 400},
		{"POST", sitetest.Token("en"), "List-Unsubscribe=One-Click&" + strings.Repeat("x", 20<<10), 400},
	} {
		if w := b.do(c.method, "/u/"+c.token, c.body); w.Code != c.code {
			t.Errorf("%s %.20s %.20s: %d, want %d", c.method, c.token, c.body, w.Code, c.code)
		}
	}
	if done := b.subs.Done(); len(done) != 0 {
		t.Errorf("but it did %v", done)
	}
}

// broken fails as a directory does whose database is away.
type broken struct{}

func (broken) Unsubscribe(context.Context, string) error {
	return wire.Errorf(wire.Unavailable, "", "the database is away")
}
func (broken) Resubscribe(context.Context, string) error { return errors.New("boom") }

func TestAFailureIsNotReportedAsDone(t *testing.T) {
	b := newBench(t)
	b.open(Options{Subscriptions: broken{}})
	if w := b.do("POST", "/u/x", "List-Unsubscribe=One-Click"); w.Code != 503 {
		t.Errorf("unavailable: %d", w.Code)
	}
	if w := b.do("POST", "/u/x", "do=resubscribe"); w.Code != 500 || strings.Contains(w.Body.String(), "boom") {
		t.Errorf("internal: %d %s", w.Code, w.Body)
	}
	b.open(Options{})
	for _, method := range []string{"GET", "POST"} {
		if w := b.do(method, "/u/x", ""); w.Code != 404 {
			t.Errorf("%s without subscriptions: %d", method, w.Code)
		}
	}
}
