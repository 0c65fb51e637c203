package provider_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/wireroom/wireroom/internal/wire"
)

// A hub may ask whether a subscription was meant while the feed is still being
// taken in: what it is told must outlive the end of the look.
func TestASubscriptionConfirmedDuringALookHolds(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		var secret, callback string
		mux := http.NewServeMux()
		server := httptest.NewServer(mux)
		defer server.Close()
		mux.HandleFunc("/feed", func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("Link", "<"+server.URL+`/hub>; rel="hub"`)
			_, _ = w.Write(feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence)))
		})
		mux.HandleFunc("/hub", func(w http.ResponseWriter, q *http.Request) {
			secret, callback = q.FormValue("hub.secret"), q.FormValue("hub.callback")
			ask := url.Values{"hub.mode": {"subscribe"}, "hub.topic": {q.FormValue("hub.topic")}, "hub.challenge": {"abc"}}
			answer := httptest.NewRecorder()
			r.ServeHTTP(answer, httptest.NewRequest(http.MethodGet, callback+"?"+ask.Encode(), nil))
			if answer.Body.String() != "abc" {
				t.Errorf("the hub is told %d %q", answer.Code, answer.Body)
			}
			w.WriteHeader(http.StatusAccepted)
		})
		r.Callback = func(token string) string { return "http://wire.example/websub/" + token }
		r.put(t, wire.Provider{Trust: wire.TrustDesk, Pull: &wire.Pull{URL: server.URL + "/feed", Every: 60}, Push: wire.Push{WebSub: true}})
		if _, err := r.Look(t.Context(), editor, "kabar"); err != nil {
			t.Fatal(err)
		}
		s, err := r.Status(t.Context(), editor, "kabar")
		if err != nil || !s.Lease.After(r.now) || s.Looked.IsZero() || s.Came.IsZero() {
			t.Fatalf("%+v, %v", s, err)
		}
		body := feed(entry("2", "2026-11-23T09:00:00Z", "Ferries sail", "The first ferries will sail to the islands next year, the company says."))
		for _, right := range []bool{false, true} {
			mac := hmac.New(sha256.New, []byte(secret))
			mac.Write(body)
			sum := mac.Sum(nil)
			if !right {
				sum[0]++
			}
			q := httptest.NewRequest(http.MethodPost, callback, strings.NewReader(string(body)))
			q.Header.Set("X-Hub-Signature", "sha256="+hex.EncodeToString(sum))
			r.ServeHTTP(httptest.NewRecorder(), q)
			all, err := r.Arrivals(t.Context(), editor, "kabar", wire.TookIn, 0, 10)
			if want := map[bool]int{false: 1, true: 2}[right]; err != nil || len(all) != want {
				t.Errorf("signature right: %t; %d taken in, want %d (%v)", right, len(all), want, err)
			}
		}
	})
}

func TestAFileIsTakenFromItsFolderOnceItIsWhole(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		p := wire.Provider{ID: "kabar", Name: "Kabar", Trust: wire.TrustDesk, Push: wire.Push{Folder: true}}
		r.put(t, p)
		file := filepath.Join(r.Folder, "kabar", "a.xml")
		if err := os.WriteFile(file, feed(entry("1", "2026-11-23T08:00:00Z", "Halden opens a yard", sentence)), 0o600); err != nil {
			t.Fatal(err)
		}
		for _, want := range []int{0, 1, 1} {
			if err := r.Sweep(t.Context(), &p); err != nil {
				t.Fatal(err)
			}
			if all, err := r.Arrivals(t.Context(), editor, "kabar", "", 0, 10); err != nil || len(all) != want {
				t.Errorf("%d came, want %d (%v)", len(all), want, err)
			}
		}
		if _, err := os.Stat(file); !os.IsNotExist(err) {
			t.Errorf("the file still lies there: %v", err)
		}
	})
}

func TestALetterIsNeverClearedWithoutAPerson(t *testing.T) {
	onEngines(t, func(t *testing.T, r *room) {
		r.put(t, wire.Provider{Trust: wire.TrustAuto, Push: wire.Push{Mail: []string{"desk@kabar.example"}}})
		for from, want := range map[string]wire.Verdict{"desk@kabar.example": wire.TookIn, "other@kabar.example": wire.WasRefused} {
			letter := "From: " + from + "\r\nSubject: Halden opens a yard\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n" + sentence + "\r\n"
			if err := r.TakeMail(t.Context(), "kabar", []byte(letter)); err != nil {
				t.Fatal(err)
			}
			all, err := r.Arrivals(t.Context(), editor, "kabar", want, 0, 1)
			if err != nil || len(all) != 1 {
				t.Fatalf("%s: %v, %v", from, all, err)
			}
			if want == wire.TookIn && r.state(t, all[0].Release) != wire.Submitted {
				t.Errorf("%+v is %s", all[0], r.state(t, all[0].Release))
			}
		}
	})
}
