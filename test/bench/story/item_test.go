package story

import (
	"bytes"
	"strconv"
	"testing"
	"time"

	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/test/bench/streamload"
)

func TestItemsHaveTheSizeThatIsAskedFor(t *testing.T) {
	for _, size := range []int{2_000, 20_000, 200_000} {
		it, err := Item(ItemOptions{Number: 3, Round: 7, Size: size, Time: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		frame, err := Frame(&it)
		if err != nil {
			t.Fatal(err)
		}
		if len(frame) < size*95/100 || len(frame) > size*105/100 {
			t.Errorf("a frame has %d bytes, want %d", len(frame), size)
		}
		if n := bytes.Count(frame, []byte(streamload.Marker(7))); n != 1 || bytes.Count(frame, []byte("\n")) != 4 {
			t.Errorf("the frame has %d markers: %s", n, frame)
		}
	}
}

func TestAnItemConcernsItsGroupOnly(t *testing.T) {
	const groups = 12
	for round := range 2 * groups {
		it, err := Item(ItemOptions{Number: 1, Round: round, Size: 2_000, Groups: groups, Time: time.Now()})
		if err != nil {
			t.Fatal(err)
		}
		document := match.NewDocument(&it)
		for group := range groups {
			name := strconv.Itoa(group)
			byWord, err := match.FromFilter(match.Filter{Text: GroupWord(name) + " OR tisch17"})
			if err != nil {
				t.Fatal(err)
			}
			byOrganisation, err := match.FromFilter(match.Filter{Organisations: []string{GroupOrganisation(name), "Tisch 17 GmbH"}})
			if err != nil {
				t.Fatal(err)
			}
			want := group == round%groups
			if byWord.Matches(document) != want || byOrganisation.Matches(document) != want {
				t.Errorf("round %d, group %d: %t by word, %t by organisation, want %t", round, group, byWord.Matches(document), byOrganisation.Matches(document), want)
			}
		}
	}
}
