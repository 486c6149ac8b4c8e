package chain

import (
	"fmt"
	"slices"
)

// Options of [Verify].
type Options struct {
	// Heads are hashes that have to be in the chain, or right before it. A service
	// logs its head when it starts, when it begins a new file, and when it stops.
	Heads []Hash
	// Each is called with every event in order, once its line holds; nil is allowed.
	// Its error ends the verification.
	Each func(Event) error
}

// Report is what a chain holds.
type Report struct {
	// Events is the number of lines that hold.
	Events int64 `json:"events"`
	// First is the sequence of the first line. Above 1, the lines before are in
	// older files, or were removed: the rest does not tell.
	First int64 `json:"first"`
	// Head is the last line that holds. A later end that was cut off can't be seen.
	Head Head `json:"head"`
}

// Verify reads the files of a log in order, the oldest first. The error is a
// *[BrokenError] at the first line that does not hold, or one of reading. The report
// is of the lines before it, and is not nil.
func Verify(opts Options, files ...Source) (*Report, error) {
	v := &verifier{missing: slices.Clone(opts.Heads), report: &Report{}}
	for _, file := range files {
		err := file.lines(func(number int, line []byte) error {
			event, broken := v.take(line)
			if broken != nil {
				broken.File, broken.Line = file.Name, number
				return broken
			}
			if opts.Each != nil {
				return opts.Each(event)
			}
			return nil
		})
		if err != nil {
			return v.report, err
		}
	}
	if len(v.missing) > 0 {
		return v.report, &BrokenError{Cause: HeadMissing, Detail: fmt.Sprintf(
			"no line has the hash %s that was expected: the end was cut off or written anew, or its file is not given", v.missing[0])}
	}
	return v.report, nil
}

type verifier struct {
	// missing are the heads that were not there yet.
	missing []Hash
	report  *Report
}

// take moves the chain on by a line.
func (v *verifier) take(line []byte) (Event, *BrokenError) {
	event, err := unseal(line)
	if err != nil {
		return Event{}, &BrokenError{Cause: Changed, Detail: err.Error()}
	}
	r := v.report
	if r.Events == 0 {
		if event.Sequence < 1 || (event.Sequence == 1) != (event.Previous == Hash{}) {
			return Event{}, &BrokenError{Cause: Changed, Detail: "it is no first line: the line was made up"}
		}
		r.First, r.Head = event.Sequence, Head{event.Sequence - 1, event.Previous}
		v.passed(event.Previous)
	}
	if broken := follows(r.Head, event); broken != nil {
		return Event{}, broken
	}
	r.Events++
	r.Head = Head{event.Sequence, event.Hash}
	v.passed(event.Hash)
	return event, nil
}

// passed notes that a line, or what is before the first one, has this hash.
func (v *verifier) passed(hash Hash) {
	v.missing = slices.DeleteFunc(v.missing, func(head Hash) bool { return head == hash })
}

// follows tells why an event does not come right behind the head.
func follows(head Head, e Event) *BrokenError {
	want := head.Sequence + 1
	switch {
	case e.Sequence > want:
		return &BrokenError{Cause: Missing, Detail: fmt.Sprintf(
			"it has the sequence %d behind %d: %d lines were removed before it, or moved", e.Sequence, head.Sequence, e.Sequence-want)}
	case e.Sequence < want:
		return &BrokenError{Cause: OutOfOrder, Detail: fmt.Sprintf(
			"it has the sequence %d behind %d: it was inserted, repeated or moved, or the files are not in order", e.Sequence, head.Sequence)}
	case e.Previous != head.Hash:
		return &BrokenError{Cause: Replaced, Detail: fmt.Sprintf(
			"it was not written behind the line that is before it: line %d, or more before it, was written anew", head.Sequence)}
	}
	return nil
}
