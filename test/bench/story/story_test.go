package story

import (
	"strings"
	"testing"
)

func TestEveryRecipientHasAnAddressAndATokenOfTheirOwn(t *testing.T) {
	const n = 20_000
	addresses, tokens := map[string]bool{}, map[string]bool{}
	large := 0
	for i := range n {
		r := RecipientOf(i)
		addresses[r.Address], tokens[r.Token] = true, true
		if !strings.Contains(r.Address, "@outlet") || strings.Contains(r.Address, "@outlook") {
			large++
		}
		if RecipientOf(i) != r {
			t.Fatalf("recipient %d is another the second time", i)
		}
	}
	if len(addresses) != n || len(tokens) != n {
		t.Errorf("%d addresses and %d tokens of %d recipients", len(addresses), len(tokens), n)
	}
	if large != n*4/10 {
		t.Errorf("%d of %d are at large providers", large, n)
	}
	words := 0
	for _, b := range Body(OfLetter) {
		words += len(strings.Fields(b.PlainText()))
	}
	t.Logf("the release has %d words", words)
}
