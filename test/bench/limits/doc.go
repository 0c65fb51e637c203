// Package limits measures what this machine could do at best with nothing but
// the protocol, or the disk: one constant letter again and again, one prepared
// request, one ready-made event, records appended to a file.
//
// It owns the limits that senders are measured by. What it does is of no use
// otherwise: it renders nothing, checks little and keeps nothing.
package limits
