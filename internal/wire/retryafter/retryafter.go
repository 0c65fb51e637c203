// Package retryafter reads when a server wants to be asked again: the header field
// Retry-After (RFC 9110 §10.2.3). It is the one place that does, for everything that
// speaks HTTP to strangers; it decides nothing of when they are asked.
package retryafter

import (
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// Read returns how long to wait from now on: 0 where the field says nothing, or a
// time that has passed, and never more than longest.
func Read(value string, now time.Time, longest time.Duration) time.Duration {
	value = strings.TrimSpace(value)
	// More than a number holds is the greatest that it does (RFC 9111 §1.2.2).
	if seconds, err := strconv.ParseUint(value, 10, 64); err == nil || errors.Is(err, strconv.ErrRange) {
		return time.Duration(min(seconds, uint64(longest/time.Second))) * time.Second
	}
	if at, err := http.ParseTime(value); err == nil {
		return min(max(at.Sub(now), 0), longest)
	}
	return 0
}
