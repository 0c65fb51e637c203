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
		last := forms[len(forms)-1] // below the one of the preference, which is there while letters come
		if shown := len(forms) == 2; shown != (want == "unsubscribe") {
			t.Fatalf("%d forms where the button is to %s", len(forms), want)
		}
		action, _ := attr(last, "action")
		name, _ := attr(find(last, "button")[0], "name")
		value, _ := attr(find(last, "button")[0], "value")
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

func TestAPreferenceIsSavedAndShown(t *testing.T) {
	b := newBench(t)
	w := b.do("POST", "/u/"+sitetest.Token("ja"), "do=save&when=digest&digest=18:30&digest=07:15&digest=&digest=&quiet_from=22:00&quiet_to=06:30&away_from=2026-12-24&away_to=2026-12-31&zone=Asia/Tokyo")
	if w.Code != 200 || !strings.Contains(w.Body.String(), "配信設定を保存しました") {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	want := `prefer {"zone":"Asia/Tokyo","digest":["07:15","18:30"],"quiet":{"from":"22:00","to":"06:30"},"away":{"from":"2026-12-24","to":"2026-12-31"}} token-ja`
	if done := b.subs.Done(); !slices.Equal(done, []string{want}) {
		t.Errorf("done: %v", done)
	}
	tree, err := html.Parse(b.get("/u/" + sitetest.Token("ja")).Body)
	if err != nil {
		t.Fatal(err)
	}
	if got := sent(find(tree, "form", "class", "preference")[0]); got != "when=digest digest=07:15 digest=18:30 digest= digest= quiet_from=22:00 quiet_to=06:30 away_from=2026-12-24 away_to=2026-12-31 zone=Asia/Tokyo" {
		t.Errorf("the form is shown as %s", got)
	}
	// All of it is taken back.
	if w := b.do("POST", "/u/"+sitetest.Token("ja"), "do=save&when=once&digest=07:15&zone=UTC"); w.Code != 200 {
		t.Errorf("%d", w.Code)
	}
	if done := b.subs.Done(); done[1] != `prefer {"zone":"UTC"} token-ja` {
		t.Errorf("done: %v", done)
	}
}

// sent is what a browser sends of a form.
func sent(form *html.Node) string {
	var fields []string
	for n := range form.Descendants() {
		name, _ := attr(n, "name")
		value, _ := attr(n, "value")
		kind, _ := attr(n, "type")
		_, checked := attr(n, "checked")
		switch {
		case n.Data == "input" && (kind != "radio" || checked):
			fields = append(fields, name+"="+value)
		case n.Data == "select":
			for _, o := range find(n, "option") {
				if _, ok := attr(o, "selected"); ok {
					value, _ = attr(o, "value")
					fields = append(fields, name+"="+value)
				}
			}
		}
	}
	return strings.Join(fields, " ")
}

func TestAPreferenceThatMakesNoSenseIsRefusedAtItsField(t *testing.T) {
	b := newBench(t)
	for _, c := range []struct{ form, field, said string }{
		{"when=digest&zone=UTC", "digest", "at least one time of day"},
		{"when=digest&digest=25:00&zone=UTC", "digest", "at least one time of day"},
		{"when=once&zone=UTC&quiet_from=22:00", "quiet", "two different times"},
		{"when=once&zone=UTC&quiet_from=22:00&quiet_to=22:00", "quiet", "two different times"},
		{"when=once&zone=UTC&away_to=2026-12-24", "away", "both days"},
		{"when=once&zone=UTC&away_from=2026-12-24&away_to=2026-12-01", "away", "both days"},
		{"when=once&zone=Mars/Olympus", "zone", "from the list"},
	} {
		w := b.do("POST", "/u/"+sitetest.Token("en"), "do=save&"+c.form)
		tree, err := html.Parse(strings.NewReader(w.Body.String()))
		if err != nil {
			t.Fatal(err)
		}
		wrong := find(tree, "p", "id", "wrong-"+c.field)
		if w.Code != 422 || len(wrong) != 1 || !strings.Contains(wrong[0].FirstChild.Data, c.said) {
			t.Errorf("%s: %d, %d errors at %s", c.form, w.Code, len(wrong), c.field)
			continue
		}
		described := false
		for _, f := range find(tree, "fieldset") {
			by, _ := attr(f, "aria-describedby")
			described = described || slices.Contains(strings.Fields(by), "wrong-"+c.field)
		}
		if !described {
			t.Errorf("%s: nothing is described by the error", c.form)
		}
		// What was filled in is there still.
		form := sent(find(tree, "form", "class", "preference")[0])
		for pair := range strings.SplitSeq(c.form, "&") {
			if !strings.Contains(form, pair) {
				t.Errorf("%s: the form is shown as %s", c.form, form)
			}
		}
	}
	if done := b.subs.Done(); len(done) != 0 {
		t.Errorf("but it did %v", done)
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
		{"POST", "nonsense", "do=save&when=once&zone=UTC", 404},
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
func (broken) Preference(context.Context, string) (wire.Preference, bool, error) {
	return wire.Preference{}, true, nil
}
func (broken) SetPreference(context.Context, string, wire.Preference) error {
	return errors.New("boom")
}

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
