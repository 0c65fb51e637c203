package sitetest

import (
	"context"
	"slices"
	"strings"
	"sync"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Token is the token of a subscription whose letters are in a language.
func Token(language string) string { return "token-" + language }

// Subscriptions is a directory of one subscription per language: those of
// Token. It keeps what was done to it.
type Subscriptions struct {
	mu         sync.Mutex
	done       []string                   // guarded by mu
	paused     map[string]bool            // by token, guarded by mu
	preference map[string]wire.Preference // by token, guarded by mu
	searches   map[string][]string        // by token, guarded by mu
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
	if s.paused == nil {
		s.paused, s.preference = map[string]bool{}, map[string]wire.Preference{}
	}
	s.paused[token] = what == "unsubscribe" || s.paused[token] && what != "resubscribe"
	return nil
}

// Preference is what was set, and whether the subscription has not ended.
func (s *Subscriptions) Preference(_ context.Context, token string) (wire.Preference, bool, error) {
	if !strings.HasPrefix(token, "token-") {
		return wire.Preference{}, false, wire.Errorf(wire.NotFound, "", "the link is not valid")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.preference[token], !s.paused[token], nil
}

// SetPreference sets it.
func (s *Subscriptions) SetPreference(_ context.Context, token string, p wire.Preference) error {
	if err := p.Check(); err != nil {
		return err
	}
	if err := s.do("prefer "+p.Text(), token); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.preference[token] = p
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

// Searches are those that a subscription begins with, and what was added since.
func (s *Subscriptions) Searches(_ context.Context, token string) ([]string, error) {
	if !strings.HasPrefix(token, "token-") {
		return nil, wire.Errorf(wire.NotFound, "", "the link is not valid")
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if all := s.searches[token]; all != nil {
		return slices.Clone(all), nil
	}
	return []string{`org:"Halden Robotics" AND lang:en`, "水素 AND lang:ja", "الطاقة AND sector:energy"}, nil
}

// AddSearch adds one that is not there yet.
func (s *Subscriptions) AddSearch(ctx context.Context, token string, search *match.Query) error {
	return s.setSearches(ctx, token, func(all []string) []string {
		if slices.Contains(all, search.String()) {
			return all
		}
		return append(all, search.String())
	})
}

// RemoveSearch takes one out; the last one stays.
func (s *Subscriptions) RemoveSearch(ctx context.Context, token, search string) error {
	return s.setSearches(ctx, token, func(all []string) []string {
		if len(all) == 1 {
			return all
		}
		return slices.DeleteFunc(all, func(one string) bool { return one == search })
	})
}

func (s *Subscriptions) setSearches(ctx context.Context, token string, change func([]string) []string) error {
	all, err := s.Searches(ctx, token)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.searches == nil {
		s.searches = map[string][]string{}
	}
	s.searches[token] = change(all)
	return nil
}

// Language is the language that stands in the token.
func (s *Subscriptions) Language(_ context.Context, token string) (string, error) {
	language, ok := strings.CutPrefix(token, "token-")
	if !ok {
		return "", wire.Errorf(wire.NotFound, "", "the link is not valid")
	}
	return language, nil
}
