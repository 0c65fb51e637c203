// Package demo opens a whole wire on one machine: a directory of invented
// outlets and journalists, receivers on loopback that count for themselves,
// releases to publish, and a view of what happens.
//
// It owns what is invented. The wire it runs is the real one, put together by
// package app like any other.
package demo
