// Package subscribe takes standing queries into the directory, changes them and
// ends them: what a search becomes when it is saved.
//
// It owns what a subscription must be to be taken in, whoever brings it, and what
// is written down of the act. It delivers nothing; the courier follows the
// directory by itself.
package subscribe
