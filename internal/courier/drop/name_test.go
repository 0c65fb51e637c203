package drop

import (
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"

	"github.com/wireroom/wireroom/internal/wire"
)

func TestATemplateNamesFiles(t *testing.T) {
	it := &wire.Item{
		Number: 1042, ID: "i", Release: "abcdefghijklmnopqrstuvwxyz", Version: 3, Action: wire.Correct, Slug: "halden-opens",
		ClearTime: time.Date(2026, 11, 23, 23, 30, 5, 0, time.FixedZone("", 2*3600)), Edition: wire.Edition{Language: "zh-Hant"},
	}
	kill := *it
	kill.Action, kill.Slug = wire.Kill, ""
	for _, c := range []struct{ template, name, kill string }{
		{defaultNames, "1042-abcdefghijklmnopqrstuvwxyz-zh-Hant-v3.json", "1042-abcdefghijklmnopqrstuvwxyz-zh-Hant-v3-kill.json"},
		{"{date}_{time}_{slug}_{number}.{ext}", "20261123_213005_halden-opens_1042.json", "20261123_213005_story_1042-kill.json"},
		{"{action}.{number}.{ext}", "correct.1042.json", "kill.1042.json"},
		{"wire-{number}", "wire-1042", "wire-1042-kill"},
		{"رويت-{number}.xml", "رويت-1042.xml", "رويت-1042-kill.xml"},
		{"{ext}-{release}-{language}-{version}", "json-abcdefghijklmnopqrstuvwxyz-zh-Hant-3", "json-abcdefghijklmnopqrstuvwxyz-zh-Hant-3-kill"},
	} {
		tp, err := parseTemplate(c.template)
		if err != nil {
			t.Errorf("%s: %v", c.template, err)
			continue
		}
		if got := tp.name(it, "json"); got != c.name {
			t.Errorf("%s: %s, want %s", c.template, got, c.name)
		}
		if got := tp.name(&kill, "json"); got != c.kill {
			t.Errorf("%s: a kill is %s, want %s", c.template, got, c.kill)
		}
	}
}

func TestATemplateThatCannotTellItemsApartIsRefused(t *testing.T) {
	for template, why := range map[string]string{
		"":                                   "cannot tell items apart",
		"latest.{ext}":                       "cannot tell items apart",
		"{slug}-{date}.{ext}":                "cannot tell items apart",
		"{release}-{language}.{ext}":         "cannot tell items apart",
		"{release}-{version}.{ext}":          "cannot tell items apart",
		"{number}{version}.{ext}":            "put a mark",
		"{number}v{version}.{ext}":           "put a mark",
		"{slug}{number}.{ext}":               "put a mark",
		"{number}-{slug}-{slug}":             "twice",
		"{number}.{year}":                    "{year} is not a placeholder",
		"../{number}":                        "not safe",
		`a\{number}`:                         "not safe",
		"a/{number}":                         "not safe",
		"a\n{number}":                        "not safe",
		"a\u202e{number}":                    "not safe",
		"{number}.{":                         "not safe",
		"{{number}}":                         "not safe",
		"con:{number}":                       "not safe",
		".{number}":                          "begins with",
		" {number}":                          "begins with",
		"{number}.":                          "ends in",
		"\xff{number}":                       "UTF-8",
		strings.Repeat("長", 70) + "{number}": "200 bytes",
	} {
		_, err := parseTemplate(template)
		if wire.KindOf(err) != wire.Invalid || !strings.Contains(err.Error(), why) {
			t.Errorf("%q: %v, want %q", template, err, why)
		}
	}
}

// alike are items that are easily taken for each other: figures that run
// together, slugs that look like other parts of a name.
func alike() (items []*wire.Item) {
	for _, number := range []int64{1, 2, 11, 12, 111, 112} {
		for _, slug := range []string{"", "1", "1-2", "11-1", "v1", "2-zh-hans", "kill"} {
			for _, version := range []int{1, 2, 11, 12} {
				for _, language := range []string{"zh-Hans", "zh-Hant", "ar"} {
					for _, action := range []wire.Action{wire.Publish, wire.Kill} {
						items = append(items, &wire.Item{
							Number: number, Version: version, Slug: slug, Action: action, Edition: wire.Edition{Language: language},
							Release: wire.ReleaseID(strings.Repeat(strconv.Itoa(2+version%2), 26)), ClearTime: time.Unix(number%2, 0),
						})
					}
				}
			}
		}
	}
	return items
}

func TestNoTwoItemsGetTheSameName(t *testing.T) {
	items := alike()
	rapid.Check(t, func(t *rapid.T) {
		var text strings.Builder
		fields := rapid.Permutation([]string{"number", "version", "language", "slug", "release", "action", "time", "ext"}).Draw(t, "fields")
		for i, field := range fields[:rapid.IntRange(1, 5).Draw(t, "many")] {
			if i > 0 {
				text.WriteString(rapid.SampledFrom([]string{"-", "_", ".", "-v", "", "1", "x"}).Draw(t, "mark"))
			}
			text.WriteString("{" + field + "}")
		}
		template, err := parseTemplate(text.String())
		if err != nil {
			return // refused, as it may be
		}
		names := map[string]*wire.Item{}
		for _, it := range items {
			name := strings.ToLower(template.name(it, "json")) // Windows and macOS do not tell capitals from others
			other := names[name]
			// A number is one item's, and so is a version of an edition.
			same := other == nil || other.Number == it.Number || other.Release == it.Release && other.Version == it.Version && other.Language == it.Language
			if !same {
				t.Fatalf("%s: %+v and %+v are both %s", text.String(), it, other, name)
			}
			names[name] = it
		}
	})
}

func FuzzTemplate(f *testing.F) {
	for _, seed := range []string{defaultNames, "", "{date}_{time}-{number}.{ext}", "رويت-{number}", "../{number}", "e\u0301{number}"} {
		f.Add(seed, "../../etc/passwd", "..")
	}
	f.Fuzz(func(t *testing.T, template, slug, language string) {
		tp, err := parseTemplate(template)
		if err != nil {
			return
		}
		it := &wire.Item{Number: 1 << 62, Release: "../../../../../etc/passwd\x00", Version: 1 << 30, Action: wire.Hold, Slug: slug, Edition: wire.Edition{Language: language}}
		name := tp.name(it, "json")
		if name == "" || len(name) > maxName || !utf8.ValidString(name) || !norm.NFC.IsNormalString(name) || strings.HasPrefix(name, ".") ||
			strings.ContainsFunc(name, unsafe) {
			t.Errorf("%q makes %q", template, name)
		}
	})
}
