package text_test

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"github.com/wireroom/wireroom/internal/text"
	"github.com/wireroom/wireroom/internal/text/texttest"
)

// BenchmarkEach is the chain alone, a text of some 2 KB for each language, as
// matching and the archive drive it. cpu-MB/s counts the processor's time, which
// other work on the machine does not stretch.
func BenchmarkEach(b *testing.B) {
	sets, err := texttest.Load(os.DirFS("testdata/heldout"))
	if err != nil {
		b.Fatal(err)
	}
	for _, set := range sets {
		s := strings.Repeat(strings.Join(set.Texts, " ")+"\n", 3)
		b.Run(set.Language, func(b *testing.B) {
			b.SetBytes(int64(len(s)))
			b.ReportAllocs()
			terms := 0
			count := func([]byte, int, int, int) { terms++ }
			text.Each(set.Language, s, count) // fills the tables
			terms = 0
			before := processorTime(b)
			for b.Loop() {
				text.Each(set.Language, s, count)
			}
			spent := processorTime(b) - before
			b.ReportMetric(float64(terms)/float64(b.N), "terms")
			b.ReportMetric(float64(len(s))*float64(b.N)/float64(spent), "cpu-MB/s")
		})
	}
}

// processorTime is what the process has used, in microseconds.
func processorTime(b *testing.B) int64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return u.Utime.Nano()/1000 + u.Stime.Nano()/1000
}
