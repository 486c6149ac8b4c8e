package demo

import (
	"strings"

	"github.com/dustin/go-humanize"
)

// bar is a count with a name, in a colour.
type bar struct {
	name   string
	count  int64
	colour string
}

// bars draws counts, the longest bar for the largest one.
func (s *stage) bars(about string, bars []bar) {
	const width, nameWidth, countWidth = 40, 9, 6
	var most int64 = 1
	for _, b := range bars {
		most = max(most, b.count)
	}
	for _, b := range bars {
		drawn := strings.Repeat("█", int(max(1, b.count*width/most)))
		s.linef("%-*s %-*s%*s %s", aside, about, nameWidth, b.name, countWidth, humanize.Comma(b.count), s.paint(b.colour, drawn))
		about = ""
	}
}
