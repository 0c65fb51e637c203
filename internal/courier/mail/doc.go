// Package mail delivers items by mail: messages with everything a careful
// mailbox provider asks for, signed, to SMTP relays or into a Maildir.
//
// It owns the message and the conversation with the relay. Who gets a letter,
// when, and how often it is tried is the courier's matter; what stands in it is
// package letter's.
package mail
