package ingest

import (
	"bytes"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/format/offer"
	"github.com/wireroom/wireroom/internal/wire"
)

// What another wire is sent under an embargo, in whatever format, lifts there at
// the same instant; an embargo that is over holds nothing.
func TestAnEmbargoComesInAsItWentOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, err := offer.Lookup(rapid.SampledFrom(append([]string{"superdesk"}, whole...)).Draw(t, "format"))
		if err != nil {
			t.Fatal(err)
		}
		it := formattest.Draw(t)
		if it.Action.Withdraws() {
			return // no text to be held
		}
		it.Scheduled = monday.Add(time.Duration(rapid.IntRange(-90_000, 90_000).Draw(t, "seconds from now")) * time.Second).UTC()
		raw, err := f.Encode(it, format.Site{BaseURL: "https://wire.example", Name: "Wire"})
		if err != nil {
			t.Fatal(err)
		}
		stories, _, err := ReadStories("a."+f.Ext, bytes.NewReader(raw), Options{Now: monday})
		if err != nil || len(stories) != 1 || stories[0].Err != nil {
			t.Fatalf("%s: %v, %+v", f.Name, err, stories)
		}
		want := it.Scheduled
		if !want.After(monday) {
			want = time.Time{}
		}
		if got := stories[0].Release.Schedule; !got.UTC.Equal(want) || got.Immediate() != want.IsZero() {
			t.Errorf("%s: lifts at %+v, want %v", f.Name, got, want)
		}
	})
}

// An embargo that cannot be understood is not taken for none.
func TestAnEmbargoWithoutZoneStopsTheStory(t *testing.T) {
	it := formattest.Item(wire.Publish, "en")
	it.Scheduled = monday.Add(time.Hour)
	for _, name := range []string{"newsml-1.2", "nitf"} {
		f, err := offer.Lookup(name)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := f.Encode(it, format.Site{BaseURL: "https://wire.example", Name: "Wire"})
		if err != nil {
			t.Fatal(err)
		}
		until := format.Embargo(it)
		spoilt := bytes.ReplaceAll(raw, []byte(until), []byte(until[:len(until)-1]))
		if bytes.Equal(raw, spoilt) {
			t.Fatalf("%s: nothing was spoilt", name)
		}
		stories, _, err := ReadStories("a."+f.Ext, bytes.NewReader(spoilt), Options{Now: monday})
		if err == nil && (len(stories) != 1 || wire.KindOf(stories[0].Err) != wire.Invalid) {
			t.Errorf("%s: %+v", name, stories)
		}
	}
}
