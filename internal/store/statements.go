package store

import (
	"context"
	"database/sql"
	"sync"
)

// statements keeps what was prepared of the queries of a database, because
// SQLite compiles each text anew otherwise, which costs more than to run it.
// PostgreSQL's driver does so itself. It is safe for concurrent use.
type statements struct {
	db  *sql.DB
	mu  sync.RWMutex
	all map[string]*sql.Stmt
}

// maxStatements bounds how many are kept; there are not as many queries.
const maxStatements = 500

func (s *statements) get(query string) *sql.Stmt {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.all[query]
}

// add prepares queries that a transaction met for the first time, after it has
// ended: while it lasts it holds the connection.
func (s *statements) add(ctx context.Context, queries []string) {
	for _, query := range queries {
		if s.get(query) != nil {
			continue
		}
		statement, err := s.db.PrepareContext(ctx, query)
		if err != nil {
			return // it is prepared another time, and does as well without
		}
		s.mu.Lock()
		if s.all[query] != nil || len(s.all) >= maxStatements {
			statement.Close()
		} else {
			s.all[query] = statement
		}
		s.mu.Unlock()
	}
}
