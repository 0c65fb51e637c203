package vocab

import "strings"

// table splits a file of data/ into its header and rows: a line each, cells
// separated by tabs, comments after #. All rows are as wide as the header; the
// generator and a test see to it.
func table(data string) (header []string, rows [][]string) {
	for line := range strings.Lines(data) {
		line = strings.TrimSuffix(line, "\n")
		if line == "" || line[0] == '#' {
			continue
		}
		cells := strings.Split(line, "\t")
		if header == nil {
			header = cells
			continue
		}
		rows = append(rows, cells)
	}
	return header, rows
}
