package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// generateZones writes zones.tsv from zone.tab, whose rows are country code,
// coordinates, zone and comments. That table is kept for what we want of it:
// every country has a zone under a name that its people know.
func generateZones(zoneTab, out string) error {
	raw, err := os.ReadFile(zoneTab)
	if err != nil {
		return err
	}
	rows := [][]string{{"zone", "country"}}
	for line := range strings.Lines(string(raw)) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		cells := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		if len(cells) < 3 {
			return fmt.Errorf("%s: %q is no row of it", zoneTab, line)
		}
		rows = append(rows, []string{cells[2], cells[0]})
	}
	return write(filepath.Join(out, "zones.tsv"), "Time zones by country: the time zone database's zone.tab, public domain.", rows)
}
