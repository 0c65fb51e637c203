package wire

import "slices"

// Role is what an actor may do.
type Role string

// The roles. A role includes nothing but what is listed at May.
const (
	RoleReader   Role = "reader"   // reads the wire: stream, API
	RoleProvider Role = "provider" // hands in stories under its provider's rules, and does nothing else
	RoleIssuer   Role = "issuer"   // hands in releases of its own
	RoleEditor   Role = "editor"   // the desk: checks, approves, schedules, corrects, holds, kills
	RoleOperator Role = "operator" // runs the wire: everything, and directory and keys
	RoleClock    Role = "clock"    // the wire itself, lifting at the clear time
)

// Actor is who does something; it is a parameter of every act and is written
// to the audit trail. Never put it in a context.
type Actor struct {
	Name string // user name, key name, or "wireroom"
	Role Role
}

// May reports whether the actor's role allows a verb. Lifting is the clock's
// alone: there is no way from a person to the wire that does not pass an
// approval and the clock.
func (a Actor) May(v Verb) bool {
	switch v {
	case DoLift:
		return a.Role == RoleClock
	case DoSubmit, DoAnswer, DoEdit:
		return slices.Contains([]Role{RoleIssuer, RoleEditor, RoleOperator}, a.Role)
	default:
		return a.Role == RoleEditor || a.Role == RoleOperator
	}
}
