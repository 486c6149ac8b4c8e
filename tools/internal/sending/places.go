package sending

import "sort"

// maxPlaces bounds the memory for places: about 4 MB.
const maxPlaces = 100_000

// Places knows the lines of items. Where items follow each other line by line it
// keeps the first only.
type Places struct {
	runs []run
	// last is the place of the item that was added last.
	last run
	// full says that later items are not known.
	full bool
}

// run is a number of items on successive lines, from item on.
type run struct {
	item int64
	path string
	line int
}

// Add tells the place of the next item, counted from 0.
func (p *Places) Add(item int64, path string, line int) {
	here := run{item, path, line}
	next := run{p.last.item + 1, p.last.path, p.last.line + 1}
	p.last = here
	switch {
	case p.full, len(p.runs) > 0 && here == next:
	case len(p.runs) == maxPlaces:
		// The runs end here: what lies behind is not told wrongly.
		p.runs = append(p.runs, run{item: item})
		p.full = true
	default:
		p.runs = append(p.runs, here)
	}
}

// Of returns the place of an item, after the last Add.
func (p *Places) Of(item int64) (path string, line int, ok bool) {
	i := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].item > item }) - 1
	if i < 0 || item > p.last.item || p.runs[i].path == "" {
		return "", 0, false
	}
	return p.runs[i].path, p.runs[i].line + int(item-p.runs[i].item), true
}
