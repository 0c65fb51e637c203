// Package e2e holds the tests that run a whole wire, from the hand-in to the
// receivers, as an operator and its readers would meet it: on every database
// and bus it can stand on, with a second process, and with readers that come
// and go.
package e2e
