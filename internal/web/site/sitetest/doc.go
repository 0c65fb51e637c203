// Package sitetest fills a store with a small wire of invented releases in
// several languages and states, for tests of the pages. It is used by tests
// only.
package sitetest
