// Package vocab holds the wire's vocabularies as embedded data: languages,
// sectors, countries and IPTC Media Topics.
//
// It owns codes and their names and nothing else: no I/O, no state, no rules
// about who may use what. It imports nothing of the product.
package vocab
