package sitetest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/wireroom/wireroom/internal/wire"
)

// Token is the token of a subscription whose letters are in a language.
func Token(language string) string { return "token-" + language }

// Subscriptions is a directory of one subscription per language: those of
// Token. It keeps what was done to it.
type Subscriptions struct {
	mu   sync.Mutex
	done []string // guarded by mu
}

// Done returns what was done so far, such as "unsubscribe token-en".
func (s *Subscriptions) Done() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.done)
}

func (s *Subscriptions) do(what, token string) error {
	if !strings.HasPrefix(token, "token-") {
		return wire.Errorf(wire.NotFound, "", "the link is not valid")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.done = append(s.done, what+" "+token)
	return nil
}

// Unsubscribe ends a subscription.
func (s *Subscriptions) Unsubscribe(_ context.Context, token string) error {
	return s.do("unsubscribe", token)
}

// Resubscribe renews it.
func (s *Subscriptions) Resubscribe(_ context.Context, token string) error {
	return s.do("resubscribe", token)
}

// Language is the language that stands in the token.
func (s *Subscriptions) Language(_ context.Context, token string) (string, error) {
	language, ok := strings.CutPrefix(token, "token-")
	if !ok {
		return "", wire.Errorf(wire.NotFound, "", "the link is not valid")
	}
	return language, nil
}
