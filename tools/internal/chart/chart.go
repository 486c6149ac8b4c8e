// Package chart draws a series in the characters of a terminal.
package chart

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Span sums up what was measured in one column of dots.
type Span struct {
	// Count of samples; 0 leaves a gap.
	Count     int64
	Min, Max  float64
	First     float64
	Last, Sum float64
}

// Series is what is drawn.
type Series struct {
	Title string
	// Spans follow each other and have the same duration, from Start to End.
	Spans      []Span
	Start, End time.Time
}

const (
	// dotsAcross and dotsDown are those of a braille character.
	dotsAcross = 2
	dotsDown   = 4
	minRows    = 2
)

// Spans returns how many spans fill a chart of so many columns.
func Spans(columns int) int { return max(1, columns-labelWidth-2) * dotsAcross }

// labelWidth is that of the values at the left.
const labelWidth = 10

// Draw returns the chart as lines, rows high without its title and axis. A
// column of dots reaches from the smallest to the largest value of its span,
// and from there to the span before it.
func Draw(s Series, rows int) string {
	rows = max(rows, minRows)
	total := sum(s.Spans)
	var b strings.Builder
	fmt.Fprintln(&b, s.Title)
	if total.Count == 0 {
		fmt.Fprintln(&b, strings.Repeat(" ", labelWidth)+" no samples")
		return b.String()
	}
	canvas := plot(s.Spans, total, rows)
	for row, line := range canvas {
		fmt.Fprintf(&b, "%*s ┤%s\n", labelWidth, label(total, row, rows), strings.TrimRight(line, " "))
	}
	width := (len(s.Spans) + dotsAcross - 1) / dotsAcross
	fmt.Fprintf(&b, "%*s └%s\n", labelWidth, "", strings.Repeat("─", width))
	fmt.Fprintf(&b, "%*s  %s\n", labelWidth, "", between(showTime(s.Start), showTime(s.End), width))
	fmt.Fprintf(&b, "%*s  %s\n", labelWidth, "", caption(total))
	return b.String()
}

// sum joins the spans into one.
func sum(spans []Span) Span {
	var total Span
	for _, s := range spans {
		if s.Count == 0 {
			continue
		}
		if total.Count == 0 {
			total = s
			continue
		}
		total.Count += s.Count
		total.Min, total.Max = min(total.Min, s.Min), max(total.Max, s.Max)
		total.Last = s.Last
		total.Sum += s.Sum
	}
	return total
}

// label is the value at the left of a row: the largest at the top, the smallest
// at the bottom.
func label(total Span, row, rows int) string {
	switch row {
	case 0:
		return Value(total.Max)
	case rows - 1:
		return Value(total.Min)
	}
	return ""
}

func caption(total Span) string {
	return fmt.Sprintf("min %s  max %s  mean %s  last %s  of %d samples",
		Value(total.Min), Value(total.Max), Value(total.Sum/float64(total.Count)), Value(total.Last), total.Count)
}

// Value writes a number in at most ten characters.
func Value(v float64) string {
	if size := math.Abs(v); size >= 1e6 || (size < 1e-3 && size > 0) {
		return strconv.FormatFloat(v, 'g', 4, 64)
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}

func showTime(t time.Time) string { return t.Format("2006-01-02 15:04:05") }

// between puts two texts at the ends of a line.
func between(left, right string, width int) string {
	return left + strings.Repeat(" ", max(2, width-len(left)-len(right))) + right
}
