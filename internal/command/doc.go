// Package command holds what each command of the command line does: options in,
// one act, output. cmd/wireroom parses the arguments and calls it.
//
// Commands about what is on a wire speak to it over its API, as anyone would; none
// reaches around it into the store. Those that set a house up, import, key,
// organisation and search rebuild, open its database, whether a wire runs on it or
// not.
package command
