package pdf

import (
	"slices"
	"testing"

	"github.com/wireroom/wireroom/internal/format"
	"github.com/wireroom/wireroom/internal/format/formattest"
	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/wire"
)

// An organisation may be called by a part of a word of its headline. What the wire
// says of it isolates its name; its own words stay whole.
func TestWordsOfTheIssuerAreNotTakenApart(t *testing.T) {
	it := *formattest.Item(wire.Correct, "ar")
	it.Organisation, it.Headline, it.Subheads = "بنك", "البنك يفتح فرعا", []string{"البنك للجميع"}
	d := &document{item: &it, site: formattest.Site(), printer: locale.For("ar"), rtl: true}
	story := d.story()
	holds := func(runs ...format.Run) bool {
		return slices.ContainsFunc(story.kids, func(k kid) bool { return k.element.text != nil && slices.Equal(k.element.text.runs, runs) })
	}
	for _, own := range append(it.Subheads, it.Headline) {
		if !holds(format.Run{Text: own}) {
			t.Errorf("%q was taken apart", own)
		}
	}
	if line := format.Notice(&it, d.printer); !holds(format.Named(line, &it)...) || len(format.Named(line, &it)) < 2 {
		t.Errorf("%q has no name that is isolated", line)
	}
}
