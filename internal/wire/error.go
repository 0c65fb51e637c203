package wire

import (
	"errors"
	"fmt"
	"strings"
)

// Kind says what a caller can do about an error. Faces map it to a status once.
type Kind string

// The kinds of error. An error without a kind is Internal.
const (
	Invalid     Kind = "invalid"     // the input is wrong; correct it and try again
	NotFound    Kind = "not_found"   // there is nothing by that name, or the caller may not know of it
	Conflict    Kind = "conflict"    // the state forbids it, or someone else was first
	Forbidden   Kind = "forbidden"   // the actor may not do this
	Exhausted   Kind = "exhausted"   // too large, too many, too fast
	Unavailable Kind = "unavailable" // a part of the wire is not ready; try again later
	Internal    Kind = "internal"    // our fault
)

// Error is what every package returns for a fault someone must act on.
// Message is for the person outside and never holds a secret or unreleased
// text; Err is the cause, for the operator's log only.
type Error struct {
	Kind    Kind
	Field   string // what was wrong: a field, file, line or id; may be empty
	Message string // what was wrong and what to do, one sentence
	Err     error  // cause; may be nil
}

func (e *Error) Error() string {
	var b strings.Builder
	if e.Field != "" {
		b.WriteString(e.Field)
		b.WriteString(": ")
	}
	b.WriteString(e.Message)
	if e.Err != nil {
		b.WriteString(": ")
		b.WriteString(e.Err.Error())
	}
	return b.String()
}

func (e *Error) Unwrap() error { return e.Err }

// Errorf makes an Error of a kind about a field (which may be empty). A %w in
// the format becomes the cause and is left out of Message.
func Errorf(kind Kind, field, format string, args ...any) *Error {
	wrapped := fmt.Errorf(format, args...)
	cause := errors.Unwrap(wrapped)
	message := wrapped.Error()
	if cause != nil {
		message = strings.TrimSuffix(strings.TrimSuffix(message, cause.Error()), ": ")
	}
	return &Error{Kind: kind, Field: field, Message: message, Err: cause}
}

// KindOf returns the kind of the first Error in err's chain, Internal if there
// is none, and "" for nil.
func KindOf(err error) Kind {
	if err == nil {
		return ""
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Kind
	}
	return Internal
}
