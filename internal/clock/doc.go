// Package clock lifts scheduled releases at their clear time: never early,
// once, by one leader.
//
// It owns the anchored time and the leadership among processes. It decides only
// when; what a lift does is the desk's. When it cannot be sure of the time it
// lifts nothing and says so: late is an apology, early is a scandal.
package clock
