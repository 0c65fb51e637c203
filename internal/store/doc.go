// Package store is the truth: all SQL, one schema and one text for SQLite and
// PostgreSQL, transactions, leases and migrations.
//
// It only loads, saves, guards and claims. It holds no rule of the business:
// whether something may happen is decided in desk, clock and courier. It never
// sees unreleased text: releases arrive sealed and leave sealed. No other
// package holds SQL or a database driver.
//
// What differs between the two engines stands in dialect.go and, for full text,
// in search_sqlite.go and search_postgres.go, and nowhere else.
// All times are µs UTC in BIGINT, taken from the transaction's clock; ids and
// folded text come from Go.
package store
