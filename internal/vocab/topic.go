package vocab

import (
	_ "embed"
	"strings"
	"sync"
)

// Topic is a subject of the IPTC Media Topics.
type Topic struct {
	Code    string // eight digits
	Parent  string // code of the broader topic; "" for the seventeen roots
	Retired bool   // found on older releases; not to be given to new ones
}

//go:embed data/topics.tsv
var topicData string

type topicTable struct {
	topics map[string]Topic
	names  map[[2]string]string // by code and language
}

// topics reads a table of columns code, parent, retired (an x) and one per
// language, empty where IPTC has no translation.
var topics = sync.OnceValue(func() *topicTable {
	header, rows := table(topicData)
	t := &topicTable{topics: make(map[string]Topic, len(rows)), names: make(map[[2]string]string, 8*len(rows))}
	for _, row := range rows {
		t.topics[row[0]] = Topic{Code: row[0], Parent: row[1], Retired: row[2] != ""}
		for i, name := range row[3:] {
			if name != "" {
				t.names[[2]string{row[0], header[i+3]}] = name
			}
		}
	}
	return t
})

// LookupTopic returns a Media Topic by its code, with or without the alias
// "medtop:".
func LookupTopic(code string) (Topic, bool) {
	t, ok := topics().topics[strings.TrimPrefix(code, "medtop:")]
	return t, ok
}

// TopicName returns a topic's name in a language (any tag), in English where
// IPTC has no translation; an unknown code is returned itself.
func TopicName(code, language string) string {
	code = strings.TrimPrefix(code, "medtop:")
	t := topics()
	if name, ok := t.names[[2]string{code, displayLanguage(language)}]; ok {
		return name
	}
	if name, ok := t.names[[2]string{code, "en"}]; ok {
		return name
	}
	return code
}
