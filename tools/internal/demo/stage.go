package demo

import (
	"context"
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// The escape sequences of a terminal.
const (
	bold  = "\x1b[1m"
	dim   = "\x1b[2m"
	green = "\x1b[32m"
	red   = "\x1b[31m"
	plain = "\x1b[0m"
)

const (
	// columns is how wide the story is.
	columns = 80
	// indent is that of what belongs to a step, and aside the width of the column
	// that tells what a detail is about.
	indent = "   "
	aside  = 16
)

// stage tells the story: numbered steps with details below them.
type stage struct {
	out    io.Writer
	colour bool
	now    func() time.Time
	begun  time.Time
	played []played
}

// played is a step that went as expected.
type played struct {
	title, result string
	took          time.Duration
}

func newStage(out io.Writer, colour bool, now func() time.Time) *stage {
	return &stage{out: out, colour: colour, now: now, begun: now()}
}

// play tells of a step and does it. do returns what came of it, in a few words.
func (s *stage) play(ctx context.Context, title string, do func(context.Context) (string, error)) error {
	number := len(s.played) + 1
	fmt.Fprintf(s.out, "\n%s\n", s.paint(bold, fmt.Sprintf("%d. %s", number, title)))
	begun := s.now()
	result, err := do(ctx)
	took := s.now().Sub(begun)
	if err != nil {
		word := "FAILED"
		if ctx.Err() != nil {
			word = "stopped"
		}
		fmt.Fprintf(s.out, "   %s\n", s.paint(red, word))
		return fmt.Errorf("step %d, %s: %w", number, title, err)
	}
	fmt.Fprintf(s.out, "   %s %s (%s)\n", s.paint(green, "ok"), result, human.Duration(took))
	s.played = append(s.played, played{title, result, took})
	return nil
}

// detailf writes a text below the step, with what it is about in a column of its
// own.
func (s *stage) detailf(about, format string, args ...any) {
	for _, line := range wrapped(fmt.Sprintf(format, args...), columns-len(indent)-aside-1) {
		s.linef("%-*s %s", aside, about, line)
		about = ""
	}
}

// linef writes a line below the step.
func (s *stage) linef(format string, args ...any) {
	fmt.Fprintf(s.out, indent+format+"\n", args...)
}

// rows writes aligned columns below the step.
func (s *stage) rows(rows [][]string) {
	table := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(table, indent+strings.Join(row, "\t"))
	}
	_ = table.Flush() // nobody is left to tell that the terminal is gone
}

// summarise closes the story.
func (s *stage) summarise() {
	fmt.Fprintf(s.out, "\n%s\n", s.paint(bold, "Summary"))
	var rows [][]string
	for i, p := range s.played {
		rows = append(rows, []string{fmt.Sprint(i + 1), "ok", p.result, human.Duration(p.took)})
	}
	s.rows(rows)
	fmt.Fprintf(s.out, "\n%s\n", s.paint(green,
		fmt.Sprintf("All %d steps went as expected, in %s.", len(s.played), human.Duration(s.now().Sub(s.begun)))))
}

func (s *stage) paint(colour, text string) string {
	if !s.colour {
		return text
	}
	return colour + text + plain
}

// redraw replaces the line that a terminal shows last; it is gone at the end.
func (s *stage) redraw(end bool, line string) {
	if end {
		line = ""
	}
	fmt.Fprint(s.out, "\r\x1b[K"+line)
}
