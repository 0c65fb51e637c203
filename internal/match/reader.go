package match

import (
	"bytes"

	"github.com/wireroom/wireroom/internal/wire"
)

// Reader reads items for one query: of their texts it takes down the terms that
// the query asks for, and passes over the rest. That is several times quicker
// where many items are held against one query. It is read-only and safe for
// concurrent use.
type Reader struct {
	query    *Query
	terms    map[string]bool
	ends     [256]bool // last bytes of the terms: most of a text is told by them not to be wanted
	prefixes [][]byte
}

// Reader returns the reader of a query.
func (q *Query) Reader() *Reader {
	r := &Reader{query: q, terms: map[string]bool{}}
	r.learn(q.root)
	return r
}

func (r *Reader) learn(n *Node) {
	switch n.Kind {
	case Words:
		for _, s := range n.Steps {
			for _, term := range s.Any {
				r.terms[term] = true
				r.ends[term[len(term)-1]] = true
			}
		}
	case Prefix:
		r.prefixes = append(r.prefixes, []byte(n.Begins))
	}
	for _, c := range n.Children {
		r.learn(c)
	}
}

// wants reports whether the query asks for a term, which is not empty.
func (r *Reader) wants(term []byte) bool {
	if r.ends[term[len(term)-1]] && r.terms[string(term)] {
		return true
	}
	for _, p := range r.prefixes {
		if bytes.HasPrefix(term, p) {
			return true
		}
	}
	return false
}

// Matches reports whether the query wants versions of one edition, as Query.Matches
// does of a NewDocumentOf them.
func (r *Reader) Matches(items ...*wire.Item) bool { return r.query.Matches(newDocument(r, items)) }

// Why returns why it wants them, as Query.Why does.
func (r *Reader) Why(items ...*wire.Item) []Reason { return r.query.Why(newDocument(r, items)) }
