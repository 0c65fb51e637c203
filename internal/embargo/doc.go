// Package embargo sends what is scheduled ahead of its clear time, sealed, so that
// at that time nothing but keys must go out. docs/embargo.md describes what
// desktops see of it.
//
// It owns the making of seals from what is scheduled, the seals without anything in
// them that hide how many there are, and the making of keys once a lift is
// committed. It never opens anything before: which seal may be opened, and which
// never will be, the desk says in the transaction of its act. Nothing depends on it
// but speed: what has no seal, or does not fit it any more, goes out in the open at
// its clear time.
package embargo
