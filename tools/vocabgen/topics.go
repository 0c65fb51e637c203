package main

import (
	"cmp"
	"encoding/json"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/wireroom/wireroom/internal/text"
)

const topicNote = "From IPTC NewsCodes, Media Topics (http://cv.iptc.org/newscodes/mediatopic/), CC BY 4.0; changes: see NOTICE.md."

func mapKeys[V any](m map[string]V) iter.Seq[string] { return maps.Keys(m) }

// topics makes the table of Media Topics: code, parent, an x for retired ones,
// and a label per language that has any.
func topics(standards string) ([][]string, string, error) {
	data, err := os.ReadFile(filepath.Join(standards, "mediatopics", "mediatopics-merged.json"))
	if err != nil {
		return nil, "", err
	}
	var file struct {
		Concepts []struct {
			Qcode     string
			Parent    string
			Retired   string
			PrefLabel map[string]string
		}
	}
	if err := json.Unmarshal(data, &file); err != nil {
		return nil, "", err
	}
	rows := [][]string{}
	for _, c := range file.Concepts {
		l := c.PrefLabel
		retired := ""
		if c.Retired != "" {
			retired = "x"
		}
		row := []string{strings.TrimPrefix(c.Qcode, "medtop:"), strings.TrimPrefix(c.Parent, "medtop:"), retired,
			l["en-GB"], l["ar"], l["zh-Hans"], text.Convert(l["zh-Hans"], "zh-TW"), l["fr"], l["de"],
			cmp.Or(l["pt-BR"], l["pt-PT"]), l["es"]}
		for i := range row {
			row[i] = strings.Join(strings.Fields(row[i]), " ")
		}
		rows = append(rows, row)
	}
	slices.SortFunc(rows, func(a, b []string) int { return strings.Compare(a[0], b[0]) })
	header := []string{"code", "parent", "retired", "en", "ar", "zh-Hans", "zh-Hant", "fr", "de", "pt", "es"}
	return slices.Insert(rows, 0, header), topicNote, nil
}
