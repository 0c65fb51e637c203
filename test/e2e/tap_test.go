package e2e

import (
	"encoding/base64"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/wireroom/wireroom/internal/seal/advance"
)

// tap hears every message on a bus, as anybody does who has got at it.
type tap struct {
	mu    sync.Mutex
	said  []said
	words map[string]time.Time // when each was first in a message
}

// said is a key on the bus.
type said struct {
	key    advance.Key
	at     time.Time
	beside bool // an item, and not by itself
}

// tapBus listens on the bus at a URL for keys and words, until the test ends.
func tapBus(t *testing.T, url string, words []string) *tap {
	t.Helper()
	b := &tap{words: map[string]time.Time{}}
	conn, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if _, err := conn.Subscribe(">", func(m *nats.Msg) { b.hear(m, words) }); err != nil {
		t.Fatal(err)
	}
	if err := conn.Flush(); err != nil {
		t.Fatal(err)
	}
	return b
}

func (b *tap) hear(m *nats.Msg, words []string) {
	now := time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	if key, err := advance.ParseKey(m.Data); err == nil {
		b.said = append(b.said, said{key: key, at: now})
	}
	for _, values := range m.Header {
		for _, value := range values {
			message, err := base64.StdEncoding.DecodeString(value)
			if err != nil {
				continue
			}
			if key, err := advance.ParseKey(message); err == nil {
				b.said = append(b.said, said{key: key, at: now, beside: true})
			}
		}
	}
	for _, word := range words {
		if _, known := b.words[word]; !known && strings.Contains(string(m.Data), word) {
			b.words[word] = now
		}
	}
}

// wantKeys makes sure that so many keys were said, each by itself and beside its item,
// and none before the clear time.
func (b *tap) wantKeys(t *testing.T, n int, due time.Time) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	alone, beside := map[advance.ID]bool{}, map[advance.ID]bool{}
	for _, s := range b.said {
		if s.at.Before(due) {
			t.Errorf("the key to item %d was on the bus %v before its clear time", s.key.Number, due.Sub(s.at))
		}
		if s.beside {
			beside[s.key.ID] = true
		} else {
			alone[s.key.ID] = true
		}
	}
	if len(alone) != n || len(beside) != n {
		t.Errorf("%d keys were on the bus by themselves and %d beside items, want %d", len(alone), len(beside), n)
	}
	for id := range alone {
		if !beside[id] {
			t.Errorf("the key to %s did not come beside its item", id)
		}
	}
}

// wantNoWord makes sure that none of the words was on the bus before a time; at all, if
// that is zero.
func (b *tap) wantNoWord(t *testing.T, words []string, before time.Time) {
	t.Helper()
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, word := range words {
		if at, heard := b.words[word]; heard && (before.IsZero() || at.Before(before)) {
			t.Errorf("%q was on the bus", word)
		}
	}
}
