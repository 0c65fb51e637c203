package vocab

import (
	"cmp"
	_ "embed"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Topic is a subject of the IPTC Media Topics.
type Topic struct {
	Code    string // eight digits
	Parent  string // code of the broader topic; "" for the seventeen roots
	Retired bool   // found on older releases; not to be given to new ones
}

// Origin says whose wording the name of a topic is.
type Origin uint8

// The origins of names.
const (
	Official Origin = iota // IPTC's own translation
	Derived                // IPTC's Simplified Chinese, written in the other script
	Ours                   // our translation
	Fallback               // IPTC's English, for want of a translation
)

//go:embed data/topics.tsv
var topicData string

// ownTopicData has the names we gave where IPTC has none.
//
//go:embed data/topics-own.tsv
var ownTopicData string

type topicTable struct {
	topics   map[string]Topic
	names    map[[2]string]string // by code and language
	ours     map[[2]string]bool   // those of them that we gave
	children map[string][]string  // by parent; of "", the roots
}

// foldedTopics are all names of topics as they are looked for, in no order.
var foldedTopics = sync.OnceValue(func() (all []named) {
	for key, name := range topics().names {
		all = append(all, named{key[0], fold(name)})
	}
	return all
})

// topics reads a table of columns code, parent, retired (an x) and one per
// language, empty where IPTC has no translation.
var topics = sync.OnceValue(func() *topicTable {
	header, rows := table(topicData)
	t := &topicTable{topics: make(map[string]Topic, len(rows)), names: make(map[[2]string]string, 8*len(rows)), ours: map[[2]string]bool{}, children: map[string][]string{}}
	for _, row := range rows {
		t.topics[row[0]] = Topic{Code: row[0], Parent: row[1], Retired: row[2] != ""}
		for i, name := range row[3:] {
			if name != "" {
				t.names[[2]string{row[0], header[i+3]}] = name
			}
		}
		t.children[row[1]] = append(t.children[row[1]], row[0])
	}
	header, rows = table(ownTopicData)
	for _, row := range rows {
		for i, name := range row[1:] {
			key := [2]string{row[0], header[i+1]}
			if _, official := t.names[key]; official || name == "" {
				continue
			}
			t.names[key], t.ours[key] = name, true
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

// TopicChildren returns the topics right below one, retired ones too, by code;
// below "" the seventeen roots.
func TopicChildren(code string) []Topic {
	t := topics()
	var below []Topic
	for _, c := range t.children[strings.TrimPrefix(code, "medtop:")] {
		below = append(below, t.topics[c])
	}
	return below
}

// TopicAncestors returns the topics above one, the nearest first.
func TopicAncestors(code string) []Topic {
	var above []Topic
	topic, ok := LookupTopic(code)
	for ok && topic.Parent != "" && len(above) < 16 { // the bound is against a cycle
		if topic, ok = LookupTopic(topic.Parent); ok {
			above = append(above, topic)
		}
	}
	return above
}

// FindTopics returns the topics that are not retired and have a name that begins
// with some text, in any language: by length of the name, then by code, at most
// limit. Case, width, punctuation and the variants of Arabic letters make no
// difference.
func FindTopics(beginning string, limit int) []Topic {
	t := topics()
	beginning = fold(beginning)
	if beginning == "" {
		return nil
	}
	shortest := map[string]int{}
	for _, f := range foldedTopics() {
		if n, seen := shortest[f.code]; strings.HasPrefix(f.name, beginning) && !t.topics[f.code].Retired && (!seen || len(f.name) < n) {
			shortest[f.code] = len(f.name)
		}
	}
	codes := slices.SortedFunc(maps.Keys(shortest), func(a, b string) int {
		return cmp.Or(cmp.Compare(shortest[a], shortest[b]), cmp.Compare(a, b))
	})
	var found []Topic
	for _, c := range codes[:min(max(limit, 0), len(codes))] {
		found = append(found, t.topics[c])
	}
	return found
}

// TopicName returns a topic's name in a language (any tag), in English where
// there is no translation; an unknown code is returned itself.
func TopicName(code, language string) string {
	name, _ := TopicLabel(code, language)
	return name
}

// TopicLabel is TopicName, and says whose wording it is.
func TopicLabel(code, language string) (string, Origin) {
	code, language = strings.TrimPrefix(code, "medtop:"), displayLanguage(language)
	t := topics()
	key := [2]string{code, language}
	if name, ok := t.names[key]; ok {
		switch {
		case t.ours[key]:
			return name, Ours
		case language == "zh-Hant":
			return name, Derived
		}
		return name, Official
	}
	if name, ok := t.names[[2]string{code, "en"}]; ok {
		return name, Fallback
	}
	return code, Fallback
}
