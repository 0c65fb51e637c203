// Package iptc7901 reads the text message of IPTC 7901, in which agencies have
// sent stories over lines of seven bits since 1979.
//
// It does no I/O.
package iptc7901
