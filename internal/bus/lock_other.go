//go:build !unix

package bus

import "os"

// lockFile refuses a second process by an exclusive file; one that was killed
// leaves it behind, and the operator removes it.
func lockFile(path string) (unlock func(), err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	return func() { f.Close(); os.Remove(path) }, nil
}
