package search

import (
	"errors"

	"github.com/wireroom/wireroom/internal/locale"
	"github.com/wireroom/wireroom/internal/match"
	"github.com/wireroom/wireroom/internal/wire"
)

// Wrong is why there is no answer, in the reader's language.
type Wrong struct {
	Text string
	// Before, At and After are the query, divided where it cannot be read; "" where
	// no place is known.
	Before, At, After string
}

// Query reports whether it is about the query, not about the archive.
func (w *Wrong) Query() bool { return w.Before+w.At+w.After != "" }

// faults are what can be wrong with a query, and in which words.
var faults = map[match.FaultCode]string{
	match.FaultEmpty: "search.fault_empty", match.FaultLong: "search.fault_long", match.FaultText: "search.fault_text",
	match.FaultOperand: "search.fault_operand", match.FaultOperator: "search.fault_operator", match.FaultOpen: "search.fault_open",
	match.FaultField: "search.fault_field", match.FaultNear: "search.fault_near", match.FaultPrefix: "search.fault_prefix",
}

// refusals are the other reasons why there is no answer that a reader can do
// something about. A fault in a query is Invalid too.
var refusals = map[wire.Kind]string{
	wire.Invalid: "search.fault_place", wire.NotFound: "search.fault_place",
	wire.Exhausted: "search.too_much", wire.Unavailable: "search.busy",
}

// NewWrong says what is wrong with what was asked; nil for what the reader can do nothing about.
func NewWrong(err error, query string, l locale.Printer) *Wrong {
	var fault *match.Fault
	if errors.As(err, &fault) {
		w := &Wrong{Text: l.T(faults[fault.Code])}
		if runes := []rune(query); fault.At > 0 && fault.At <= len(runes)+1 {
			w.Text = l.T("search.at", "n", fault.At, "text", w.Text)
			at := fault.At - 1
			w.Before, w.At, w.After = string(runes[:at]), string(runes[at:min(at+1, len(runes))]), string(runes[min(at+1, len(runes)):])
			if w.At == "" {
				w.At = " " // the end, so that the place can be seen
			}
		}
		return w
	}
	if text, ok := refusals[wire.KindOf(err)]; ok {
		return &Wrong{Text: l.T(text)}
	}
	return nil
}

// Said reports whether the page itself can say what is wrong.
func Said(err error) bool {
	_, ok := refusals[wire.KindOf(err)]
	return ok
}
