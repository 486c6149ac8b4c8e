package pointsend

import "sort"

// maxPlaces bounds the memory for places: about 4 MB.
const maxPlaces = 100_000

// places knows the lines of points. Where points follow each other line by line
// it keeps the first only.
type places struct {
	runs []run
	// last is the place of the point that was added last.
	last run
	// full says that later points are not known.
	full bool
}

// run is a number of points on successive lines, from point on.
type run struct {
	point int64
	path  string
	line  int
}

func (p *places) add(point int64, path string, line int) {
	here := run{point, path, line}
	next := run{p.last.point + 1, p.last.path, p.last.line + 1}
	p.last = here
	switch {
	case p.full, len(p.runs) > 0 && here == next:
	case len(p.runs) == maxPlaces:
		// The runs end here: what lies behind is not told wrongly.
		p.runs = append(p.runs, run{point: point})
		p.full = true
	default:
		p.runs = append(p.runs, here)
	}
}

// of is called after the last add.
func (p *places) of(point int64) (path string, line int, ok bool) {
	i := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].point > point }) - 1
	if i < 0 || point > p.last.point || p.runs[i].path == "" {
		return "", 0, false
	}
	return p.runs[i].path, p.runs[i].line + int(point-p.runs[i].point), true
}
