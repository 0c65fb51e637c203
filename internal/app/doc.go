// Package app puts the parts together: from a configuration to a running wire,
// by role. It is the only package that knows them all, and holds nothing else:
// every rule is in the part it belongs to.
package app
