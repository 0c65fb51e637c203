package command

import (
	"bytes"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/app"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestTopicsAreFoundWithoutAServer(t *testing.T) {
	for _, c := range []struct {
		ask  Topics
		want string
	}{
		{Topics{Name: []string{"earthq"}, Lang: "de", Limit: 1}, "20000153  Katastrophe und Unglück › Katastrophe › Naturkatastrophe › Erdbeben\n"},
		{Topics{Under: "20000151", Lang: "ja", Limit: 1}, "› earthquake  (in English)\n"},
		{Topics{Lang: "ja"}, "03000000  災害・事故・緊急事態  (our wording)\n"},
	} {
		var out bytes.Buffer
		if err := c.ask.Run(t.Context(), app.Config{}, &out); err != nil || !strings.Contains(out.String(), c.want) {
			t.Errorf("%+v: %v\n%s", c.ask, err, &out)
		}
	}
	if err := (&Topics{Under: "1"}).Run(t.Context(), app.Config{}, &bytes.Buffer{}); wire.KindOf(err) != wire.NotFound {
		t.Errorf("below no topic: %v", err)
	}
}

func TestTwinsAreALineEach(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/v1/releases/abc/twins" || r.Header.Get("Authorization") != "Bearer k" {
			http.Error(w, r.URL.Path, http.StatusNotFound)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.Write([]byte(`{"twins":[{"language":"en","release":"def","number":7,"likeness":0.984},{"language":"ar","release":"ghi","likeness":0.5}]}`))
	}))
	defer server.Close()
	var out bytes.Buffer
	err := (&Twins{Remote: Remote{Server: server.URL, Key: "k"}, Release: "abc"}).Run(t.Context(), app.Config{}, &out)
	if want := "def  en  98 %  item 7 on the wire\nghi  ar  50 %  on the desk\n"; err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, &out)
	}
}
