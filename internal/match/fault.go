package match

import "github.com/wireroom/wireroom/internal/wire"

// Fault is what is wrong with the text of a query, for faces that say it in the
// reader's language. It wraps the Invalid error that says it in English.
type Fault struct {
	Code FaultCode
	At   int // where, in characters from 1; 0 for what concerns the whole query
	err  *wire.Error
}

func (f *Fault) Error() string { return f.err.Error() }

func (f *Fault) Unwrap() error { return f.err }

// FaultCode is a kind of fault.
type FaultCode string

// The kinds of faults.
const (
	FaultEmpty    FaultCode = "empty"    // nothing is asked for
	FaultLong     FaultCode = "long"     // more characters, parts or levels than a query may have
	FaultText     FaultCode = "text"     // no valid text, or none that could be looked for
	FaultOperand  FaultCode = "operand"  // a word, phrase or field is missing here
	FaultOperator FaultCode = "operator" // AND, OR or the end is missing here
	FaultOpen     FaultCode = "open"     // a parenthesis or quotation mark is not closed
	FaultField    FaultCode = "field"    // a field lacks its value, or cannot stand here
	FaultNear     FaultCode = "near"     // NEAR is used in a way that it has not
	FaultPrefix   FaultCode = "prefix"   // * is used in a way that it has not
)

// faulty makes the error of a fault; at is 0 for the whole query.
func faulty(code FaultCode, at int, format string, args ...any) error {
	if at > 0 {
		format = "at character %d: " + format
		args = append([]any{at}, args...)
	}
	return &Fault{code, at, wire.Errorf(wire.Invalid, "query", format, args...)}
}
