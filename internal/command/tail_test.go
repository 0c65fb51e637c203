package command

import (
	"strings"
	"testing"
	"time"

	"github.com/wireroom/wireroom/client"
	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/ninjs"
	"github.com/wireroom/wireroom/internal/wire"
)

func TestTailPrintsALineAnItem(t *testing.T) {
	r := &wire.Release{ID: "aaaaaaaaaaaaaaaaaaaaaaaaaa", Editions: []wire.Edition{{Language: "ja", Headline: "カナリア、合併", Body: []wire.Block{wire.P("両社は合併します。")}}}}
	it := wire.NewItem(r, &r.Editions[0], wire.Publish, nil, time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC), wire.Amendment{})
	it.Number = 42
	kill := wire.NewItem(r, &r.Editions[0], wire.Kill, &it, it.ClearTime, wire.Amendment{Reason: "not so"})
	kill.Number = 43
	line := func(it *wire.Item) []byte {
		b, err := ninjs.Line(it, format.Site{BaseURL: "https://wire.example"})
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	const address = "\n        https://wire.example/ja/r/aaaaaaaaaaaaaaaaaaaaaaaaaa\n"
	headline := []byte(`{"language":"ja","action":"publish","headline":"カナリア、合併","url":"https://wire.example/ja/r/aaaaaaaaaaaaaaaaaaaaaaaaaa"}`)
	for name, c := range map[string]struct {
		tail  Tail
		event client.Event
		want  string
	}{
		"headlines":      {Tail{}, client.Event{ID: "42", Type: "item", Data: headline}, "    42  ja      publish  カナリア、合併" + address},
		"sent ahead":     {Tail{Seal: true}, client.Event{ID: "42", Type: "item", Data: line(&it), Ahead: true}, "    42  ja      publish  カナリア、合併  (sent ahead)" + address},
		"not sent ahead": {Tail{Seal: true}, client.Event{ID: "43", Type: "item", Data: line(&kill)}, "    43  ja      kill     not so" + address},
		"whole":          {Tail{Seal: true, JSON: true}, client.Event{ID: "42", Type: "item", Data: []byte("{}"), Ahead: true}, "{}\n"},
		"a reset":        {Tail{Seal: true}, client.Event{ID: "9", Type: "reset", Data: []byte(`{"last":9}`)}, "9  reset  {\"last\":9}\n"},
		"no item":        {Tail{Seal: true}, client.Event{ID: "9", Type: "item", Data: []byte("%")}, "9  item  %\n"},
	} {
		var out strings.Builder
		if err := c.tail.print(&out, c.event); err != nil || out.String() != c.want {
			t.Errorf("%s: %q, want %q; %v", name, out.String(), c.want, err)
		}
	}
}

func TestTailTakesTheKeyOfTheWire(t *testing.T) {
	const key = "iojj3XQJ8ZX9UtstPLpdcspnCb8dlBIb83SIAbQPb1w="
	if b, err := (&Tail{SealKey: key}).box(); err != nil || len(b.Keys) != 1 {
		t.Errorf("%v", err)
	}
	for _, bad := range []string{"x", "AAAA", key + "="} {
		if _, err := (&Tail{SealKey: bad}).box(); wire.KindOf(err) != wire.Invalid {
			t.Errorf("%q: %v", bad, err)
		}
	}
}
