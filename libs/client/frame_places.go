package client

import "sort"

// maxFrameRuns bounds the memory of framePlaces to 240 KB.
const maxFrameRuns = 10_000

// framePlaces tells which item of a call an item of a frame is. Frames of equal
// numbers of items that follow each other are one run. Once there are too many
// runs, later frames are not known.
type framePlaces struct {
	runs []frameRun
	// next is the sequence behind the last frame known.
	next int64
}

// frameRun are frames of equal numbers of items.
type frameRun struct {
	// sequence of the first frame, and the place of its first item in the call.
	sequence, place int64
	items           int
}

// add takes the next frame in.
func (p *framePlaces) add(f *frame) {
	if n := len(p.runs); n > 0 {
		if f.sequence != p.next {
			return
		}
		if p.runs[n-1].items == f.items {
			p.next++
			return
		}
		if p.full() {
			return
		}
	}
	p.runs = append(p.runs, frameRun{sequence: f.sequence, place: f.end - int64(f.items), items: f.items})
	p.next = f.sequence + 1
}

func (p *framePlaces) full() bool { return len(p.runs) == maxFrameRuns }

// place returns -1 for a frame that is not known.
func (p *framePlaces) place(sequence int64, index int) int64 {
	i := sort.Search(len(p.runs), func(i int) bool { return p.runs[i].sequence > sequence })
	if i == 0 || sequence >= p.next {
		return -1
	}
	run := p.runs[i-1]
	return run.place + (sequence-run.sequence)*int64(run.items) + int64(index)
}
