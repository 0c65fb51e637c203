package docx

// Piece is a piece of text of one direction.
type Piece struct {
	Text string
	RTL  bool
}

// Directions is directions for the tests outside.
func Directions(text string, rtl bool) []Piece {
	var all []Piece
	for _, p := range directions(text, rtl) {
		all = append(all, Piece{p.text, p.rtl})
	}
	return all
}
