package retryafter

import (
	"net/http"
	"testing"
	"time"
)

func TestAServerSaysWhenToAskAgain(t *testing.T) {
	now := time.Date(2026, 11, 26, 9, 0, 0, 0, time.UTC)
	const longest = 24 * time.Hour
	for value, want := range map[string]time.Duration{
		"":                           0,
		"0":                          0,
		"120":                        2 * time.Minute,
		" 120 ":                      2 * time.Minute,
		"86399":                      longest - time.Second,
		"86400":                      longest,
		"999999":                     longest,
		"99999999999999999999999999": longest, // beyond all numbers
		"-5":                         0,
		"1.5":                        0,
		"soon":                       0,
		now.Add(90 * time.Second).Format(http.TimeFormat): 90 * time.Second,
		now.Add(90 * time.Second).Format(time.ANSIC):      90 * time.Second,
		now.Add(-time.Hour).Format(http.TimeFormat):       0,
		now.AddDate(100, 0, 0).Format(http.TimeFormat):    longest,
	} {
		if got := Read(value, now, longest); got != want {
			t.Errorf("%q: wait %v, want %v", value, got, want)
		}
	}
}
