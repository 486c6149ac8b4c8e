package chart

import (
	"math"
	"slices"
)

// maxGap is how many times the usual distance between two spans with samples
// may lie between two that a line connects.
const maxGap = 3

// plot draws the spans between the total's smallest and largest value.
func plot(spans []Span, total Span, rows int) []string {
	c := newCanvas((len(spans)+dotsAcross-1)/dotsAcross, rows)
	filled := filledSpans(spans)
	reach := maxGap * usualGap(filled)
	for i, x := range filled {
		s := spans[x]
		c.vertical(x, c.height(s.Min, total), c.height(s.Max, total))
		if i > 0 && x-filled[i-1] <= reach {
			c.line(filled[i-1], c.height(spans[filled[i-1]].Last, total), x, c.height(s.First, total))
		}
	}
	return c.lines()
}

// filledSpans are the indexes of the spans with samples.
func filledSpans(spans []Span) []int {
	var filled []int
	for x, s := range spans {
		if s.Count > 0 {
			filled = append(filled, x)
		}
	}
	return filled
}

// usualGap is the median distance between neighbours.
func usualGap(filled []int) int {
	var gaps []int
	for i := 1; i < len(filled); i++ {
		gaps = append(gaps, filled[i]-filled[i-1])
	}
	if len(gaps) == 0 {
		return 0
	}
	slices.Sort(gaps)
	return gaps[len(gaps)/2]
}

// canvas is a field of braille characters.
type canvas struct {
	rows, columns int
	// cells from the top left, row by row, each with its dots as bits.
	cells []rune
}

func newCanvas(columns, rows int) *canvas {
	return &canvas{rows: rows, columns: columns, cells: make([]rune, rows*columns)}
}

// height is the place of a value in dots from the bottom. A flat series is in
// the middle.
func (c *canvas) height(value float64, total Span) int {
	top := c.rows*dotsDown - 1
	// Halves, since the whole range may be more than a float64 holds.
	extent := total.Max/2 - total.Min/2
	if extent == 0 {
		return top / 2
	}
	place := (value/2 - total.Min/2) / extent
	return int(math.Round(max(0, min(1, place)) * float64(top)))
}

// set draws a dot; y counts from the bottom.
func (c *canvas) set(x, y int) {
	fromTop := c.rows*dotsDown - 1 - y
	cell := fromTop/dotsDown*c.columns + x/dotsAcross
	c.cells[cell] |= bit(x%dotsAcross, fromTop%dotsDown)
}

// bit is that of a dot in a braille character of Unicode, which numbers the
// lowest row apart.
func bit(x, y int) rune {
	if y == dotsDown-1 {
		return 0x40 << x
	}
	return 1 << (y + x*(dotsDown-1))
}

// vertical draws a column from low to high.
func (c *canvas) vertical(x, low, high int) {
	for y := min(low, high); y <= max(low, high); y++ {
		c.set(x, y)
	}
}

// line connects two places; x grows.
func (c *canvas) line(x0, y0, x1, y1 int) {
	before := y0
	for x := x0 + 1; x <= x1; x++ {
		y := y0 + int(math.Round(float64(y1-y0)*float64(x-x0)/float64(x1-x0)))
		c.vertical(x, before+sign(y-before), y)
		before = y
	}
}

func sign(d int) int { return max(-1, min(1, d)) }

func (c *canvas) lines() []string {
	const blank = 0x2800
	lines := make([]string, c.rows)
	for row := range lines {
		line := make([]rune, c.columns)
		for column := range line {
			if dots := c.cells[row*c.columns+column]; dots != 0 {
				line[column] = blank + dots
			} else {
				line[column] = ' '
			}
		}
		lines[row] = string(line)
	}
	return lines
}
