package journal

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// survey is what a journal's folder holds, found without changing it.
type survey struct {
	id identity
	// known is false for a folder that has no journal yet.
	known    bool
	segments []*surveyed
	// leftovers are the names of files that a crash left half done or over.
	leftovers []string
	// keys are the positions whose segments have a data key.
	keys []Position
	// sure is the latest position that is known to have been durable, from the
	// marks or from the caller.
	sure Position
	// end is where the journal ends: a next frame goes there.
	end Position
	// durable is the end of the last record or damage before that.
	durable Position
	torn    int64
	records int64
	// sealed are those of the records that are sealed.
	sealed int64
}

// surveyed is a segment and what was found in it.
type surveyed struct {
	segment

	headerDamaged bool
	damages       []region
	records       int64
	// last is the end of the last record, or the base.
	last Position
	// first is where the last group begins that had everything before it
	// durable.
	first Position
	// scanned is the end of the last frame, or the base.
	scanned Position
}

// region is a part of a segment in which no frame stands.
type region struct {
	from, to Position
	// records and last are of the segment up to the region.
	records int64
	last    Position
}

// look says how to survey a folder.
type look struct {
	// applied is a position before which nothing counts as torn.
	applied Position
	// keys open sealed records. Without them only the framing is checked, or it
	// is an error if they are needed.
	keys   Keys
	needed bool
}

// inspect surveys a folder.
func inspect(fsys fileSystem, how look) (*survey, error) {
	// The mark is read first: whoever writes meanwhile does not make it a lie.
	m, marked, err := readMark(fsys)
	if err != nil {
		return nil, err
	}
	v := &survey{sure: how.applied}
	if err := v.list(fsys); err != nil {
		return nil, err
	}
	if err := v.identify(fsys, m, marked); err != nil {
		return nil, err
	}
	if err := v.openKeys(fsys, how); err != nil {
		return nil, err
	}
	for i, seg := range v.segments {
		if i+1 < len(v.segments) {
			seg.end = v.segments[i+1].base
		}
		if err := v.scan(fsys, seg); err != nil {
			return nil, fmt.Errorf("journal: can't read %s: %w", seg.name(), err)
		}
	}
	v.conclude()
	return v, nil
}

func (v *survey) list(fsys fileSystem) error {
	names, err := fsys.List(".")
	if err != nil {
		return err
	}
	for _, name := range names {
		if base, ok := parseSegmentName(name); ok {
			v.segments = append(v.segments, &surveyed{segment: segment{base: base}})
		}
		if base, ok := parseKeyName(name); ok {
			v.keys = append(v.keys, base)
		}
		if isLeftover(name) {
			v.leftovers = append(v.leftovers, name)
		}
	}
	return nil
}

// identify reads the headers, which must be of one journal. A mark of another
// one does not count.
func (v *survey) identify(fsys fileSystem, m mark, marked bool) error {
	known := false
	for _, seg := range v.segments {
		id, ok, err := readHeader(fsys, &seg.segment)
		switch {
		case err != nil:
			return err
		case !ok:
			seg.headerDamaged = true
			seg.sealed = slices.Contains(v.keys, seg.base)
		case known && id != v.id:
			return fmt.Errorf("journal: %s is of another journal than the segments before it: move it away", seg.name())
		default:
			v.id, known = id, true
		}
	}
	if marked && (!known || m.id == v.id) {
		v.id, known = m.id, true
		v.sure = max(v.sure, m.durable)
	}
	v.known = known
	if !known && len(v.segments) > 0 {
		return errors.New("journal: no header of a segment and no mark is readable: bring the folder back from a copy, or move it away to begin anew")
	}
	return nil
}

func readHeader(fsys fileSystem, seg *segment) (id identity, ok bool, err error) {
	f, err := fsys.OpenFile(seg.name(), os.O_RDONLY)
	if err != nil {
		return id, false, err
	}
	defer func() { _ = f.Close() }() // It was only read.
	if seg.size, err = f.Size(); err != nil {
		return id, false, err
	}
	header := make([]byte, min(seg.size, segmentHeader))
	if _, err := f.ReadAt(header, 0); err != nil && !errors.Is(err, io.EOF) {
		return id, false, fmt.Errorf("journal: can't read the header of %s: %w", seg.name(), err)
	}
	id, seg.sealed, ok, err = decodeSegmentHeader(header, seg.base)
	return id, ok, err
}

// openKeys gives the sealed segments their keys.
func (v *survey) openKeys(fsys fileSystem, how look) error {
	if how.keys == nil && !how.needed {
		return nil
	}
	for _, seg := range v.segments {
		if err := seg.openKey(fsys, how.keys, v.id); err != nil {
			return err
		}
	}
	return nil
}

// scan reads all frames of a segment.
func (v *survey) scan(fsys fileSystem, seg *surveyed) error {
	f, err := fsys.OpenFile(seg.name(), os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // It was only read.
	limit := seg.end
	if limit == 0 {
		limit = seg.content()
	}
	s := newScanner(v.id)
	s.reset(f, &seg.segment, seg.base, limit, seg.content())
	seg.last, seg.first, seg.scanned = seg.base, seg.base, seg.base
	for !s.done() {
		if err := seg.step(&s); err != nil {
			return err
		}
	}
	return nil
}

// step takes the next frame, or the damage up to it, in.
func (seg *surveyed) step(s *scanner) error {
	f, ok, err := s.scan()
	if err != nil {
		return err
	}
	if !ok {
		bad := region{from: s.next, records: seg.records, last: seg.last}
		err := s.skipDamage()
		bad.to = s.next
		seg.damages = append(seg.damages, bad)
		return err
	}
	seg.scanned = f.end
	if f.first {
		seg.first = f.start
	}
	switch f.kind {
	case kindRecord, kindSealed:
		seg.records++
		seg.last = f.end
	case kindFiller:
		seg.holes += int64(f.end-f.start) - frameHeader
		if seg.sealed {
			seg.holes -= sealOverhead
		}
	}
	return nil
}

// conclude tells the torn tail of the last segment from damage, and sums up.
func (v *survey) conclude() {
	v.end = v.sure
	if n := len(v.segments); n > 0 {
		last := v.segments[n-1]
		v.torn = last.cut(max(v.sure, last.first))
		v.end = max(last.end, v.sure)
		if last.end < v.sure {
			last.lose(v.sure)
		}
	}
	for _, seg := range v.segments {
		v.records += seg.records
		if seg.sealed {
			v.sealed += seg.records
		}
		v.durable = max(v.durable, seg.last)
		if k := len(seg.damages); k > 0 {
			v.durable = max(v.durable, seg.damages[k-1].to)
		}
	}
	if len(v.segments) == 0 {
		v.durable = v.end
	}
	v.dropKeys()
}

// dropKeys counts the keys as left over that nothing was sealed with, and those
// of what was trimmed. The key of a segment that was lost stays.
func (v *survey) dropKeys() {
	first, plain := v.end, map[Position]bool{}
	for _, seg := range v.segments {
		first = min(first, seg.base)
		plain[seg.base] = !seg.sealed
	}
	for _, base := range v.keys {
		isPlain, there := plain[base]
		if isPlain || !there && (base < first || base >= v.end) {
			v.leftovers = append(v.leftovers, keyName(base))
		}
	}
}

// cut ends the last segment at the first region that was not durable, and
// returns how many bytes of the file are behind that.
func (seg *surveyed) cut(sure Position) (torn int64) {
	seg.end = seg.content()
	for i, bad := range seg.damages {
		if bad.to <= sure {
			continue
		}
		seg.end = max(bad.from, sure)
		seg.records, seg.last = bad.records, bad.last
		seg.damages = seg.damages[:i]
		if bad.from < sure {
			bad.to = sure
			seg.damages = append(seg.damages, bad)
		}
		break
	}
	seg.scanned = min(seg.scanned, seg.end)
	return int64(seg.content() - seg.end)
}

// lose adds what was durable and is not there any more to the damage at the end
// of the last segment.
func (seg *surveyed) lose(sure Position) {
	if k := len(seg.damages); k > 0 && seg.damages[k-1].to == seg.end {
		seg.damages[k-1].to = sure
	} else {
		seg.damages = append(seg.damages, region{from: seg.end, to: sure})
	}
	seg.end = sure
}
