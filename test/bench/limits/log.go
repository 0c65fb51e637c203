package limits

import (
	"os"

	"github.com/wireroom/wireroom/test/bench/others"
)

// Log appends groups of records to a file and brings each group to disk before
// the next: what a ledger without a database could do at best.
func Log(path string, records, group, size int) (*others.Result, error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return nil, err
	}
	defer os.Remove(path)
	defer f.Close()
	block := make([]byte, group*size)
	return others.Measure(func() (int, int, error) {
		done := 0
		for ; done < records; done += group {
			if _, err := f.Write(block); err != nil {
				return done, records - done, err
			}
			if err := f.Sync(); err != nil {
				return done, records - done, err
			}
		}
		return min(done, records), 0, nil
	})
}
