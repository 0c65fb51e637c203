// Package command holds what each command of the command line does: options in,
// one act, output. cmd/wireroom parses the arguments and calls it.
//
// Commands that act on a running wire speak to it over its API, as anyone
// would; none reaches around it into the store.
package command
