package logfile

import "strings"

const (
	// maxJudged is how many lines the format is found by.
	maxJudged = 200
	// minShare is the share of them that a format has to take, as one in so many:
	// entries of many lines have few that begin one.
	minShare = 5
)

// detector finds the format that most lines are in.
type detector struct {
	parsers []parser
	// taken counts the lines that each of the parsers took.
	taken  []int
	judged int
}

func newDetector(o Options) *detector {
	d := &detector{}
	for _, f := range detected() {
		d.parsers = append(d.parsers, newParser(f, &clock{location: o.Location, reference: o.Reference}))
	}
	d.taken = make([]int, len(d.parsers))
	return d
}

// add judges a line. Blank ones and such as go on an entry tell nothing.
func (d *detector) add(line string) {
	if d.full() || strings.TrimSpace(line) == "" || looksContinued(line) {
		return
	}
	d.judged++
	for i, p := range d.parsers {
		if p.parse(line, &Entry{}) {
			d.taken[i]++
		}
	}
}

// full tells whether further lines change nothing.
func (d *detector) full() bool { return d.judged >= maxJudged }

// format is that of most lines so far, plain when there is none.
func (d *detector) format() Format {
	best := 0
	for i, count := range d.taken {
		if count > d.taken[best] {
			best = i
		}
	}
	if d.taken[best] == 0 || d.taken[best]*minShare < d.judged {
		return FormatPlain
	}
	return detected()[best]
}
