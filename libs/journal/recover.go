package journal

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"strings"
)

// Recovery is what Open found and did.
type Recovery struct {
	// First and Durable bound what can be read.
	First, Durable Position
	// Segments, the Bytes they take, the Records in them, and how many of those
	// are sealed.
	Segments      int
	Bytes         int64
	Records       int64
	SealedRecords int64
	// TornBytes were at the end and not durable, and were cut off: what a crash
	// left of a write. Damage to the last group before a power cut may count
	// here too.
	TornBytes int64
	// Damages in ascending order, of earlier recoveries too as long as their
	// segments are not trimmed.
	Damages []Damage
}

// recover makes the folder a journal that can be appended to.
func (j *Journal) recover() (Recovery, error) {
	v, err := inspect(j.fs, look{applied: j.opts.Applied, keys: j.opts.Keys, needed: true})
	if err != nil {
		return Recovery{}, err
	}
	if !v.known {
		_, _ = rand.Read(v.id[:]) // It never fails.
	}
	if err := j.openKeyring(v.id); err != nil {
		return Recovery{}, err
	}
	if err := v.rewrapKeys(j.fs, j.opts.Keys); err != nil {
		return Recovery{}, err
	}
	damages, err := v.damages(j.fs, true)
	if err != nil {
		return Recovery{}, err
	}
	if err := j.settle(v); err != nil {
		return Recovery{}, explain(fmt.Errorf("can't recover: %w", err))
	}
	j.noteFree()
	return Recovery{
		First: j.first, Durable: j.durable,
		Segments: len(j.segments), Bytes: j.bytes, Records: v.records, SealedRecords: v.sealed,
		TornBytes: v.torn, Damages: damages,
	}, nil
}

// openKeyring makes the first key, before anything is changed.
func (j *Journal) openKeyring(id identity) error {
	if j.opts.Keys == nil {
		return nil
	}
	j.keys = newKeyring(j.opts.Keys, id)
	j.sealer.id, j.sealing = id, newFrameCodec(id)
	return j.keys.try()
}

// settle cuts the torn tail and makes the rest durable.
func (j *Journal) settle(v *survey) error {
	for _, name := range v.leftovers {
		if err := j.fs.Remove(name); err != nil {
			return err
		}
	}
	j.codec = newFrameCodec(v.id)
	if err := j.settleTail(v); err != nil {
		return err
	}
	for _, seg := range v.segments {
		j.segments = append(j.segments, &seg.segment)
		j.bytes += seg.taken()
	}
	j.end, j.synced, j.durable = v.end, v.end, v.durable
	j.first = v.end
	if len(j.segments) > 0 {
		j.first = j.segments[0].base
	}
	var err error
	if j.marks, err = createMarks(j.fs, v.id); err != nil {
		return err
	}
	return errors.Join(j.marks.putBoth(v.end), j.fs.SyncDir("."))
}

// settleTail makes the last segment the active one, unless its end is damaged or
// something is sealed: then the next group begins a new one, with a new key, so
// that no position is sealed twice by the same one.
func (j *Journal) settleTail(v *survey) error {
	n := len(v.segments)
	if n == 0 {
		return nil
	}
	last := v.segments[n-1]
	if last.headerDamaged && last.end == last.base {
		v.segments = v.segments[:n-1]
		return j.fs.Remove(last.name())
	}
	f, err := j.fs.OpenFile(last.name(), os.O_RDWR)
	if err != nil {
		return err
	}
	if err := last.cutFile(f, v.sure); err != nil {
		return errors.Join(err, f.Close())
	}
	sealing := last.sealed || j.keys != nil
	switch {
	case last.headerDamaged || last.scanned < last.end:
		return f.Close()
	case sealing && last.end > last.base:
		return f.Close()
	case sealing:
		return j.renew(&last.segment, v.id, f)
	}
	last.segment.end = 0
	j.active = &activeSegment{segment: last.segment, file: f}
	return nil
}

// renew makes an empty segment the active one, with a new key or without one.
func (j *Journal) renew(empty *segment, id identity, f file) error {
	seg, err := j.newSegment(empty.base)
	if err == nil {
		err = writeAt(f, encodeSegmentHeader(id, seg.base, seg.sealed), 0)
	}
	if err == nil {
		err = f.Sync()
	}
	if err != nil {
		return errors.Join(err, f.Close())
	}
	*empty = seg
	j.active = &activeSegment{segment: seg, file: f}
	return nil
}

// cutFile cuts the torn tail off and makes the rest durable. What is not known
// to be durable is written again first: if a sync of it has failed before, a
// further one alone would do nothing.
func (seg *surveyed) cutFile(f file, sure Position) error {
	if seg.content() > seg.end {
		if err := f.Truncate(seg.offset(seg.end)); err != nil {
			return err
		}
		seg.size = seg.offset(seg.end)
	}
	if from := max(sure, seg.base); from < seg.content() {
		offset := seg.offset(from)
		if err := copyRange(f, offset, f, offset, seg.size-offset); err != nil {
			return err
		}
	}
	return f.Sync()
}

// damages lists the damage, and copies it if it is to be set aside.
func (v *survey) damages(fsys fileSystem, aside bool) ([]Damage, error) {
	var damages []Damage
	for _, seg := range v.segments {
		if seg.headerDamaged && seg.end > seg.base {
			damages = append(damages, Damage{From: seg.base, To: seg.base})
		}
		for _, bad := range seg.damages {
			d := Damage{From: bad.from, To: bad.to}
			if aside {
				var err error
				if d.File, err = setAsideFrom(fsys, &seg.segment, bad.from, bad.to); err != nil {
					return nil, err
				}
			}
			damages = append(damages, d)
		}
	}
	return damages, nil
}

// setAsideFrom sets a region of a segment aside that is not open.
func setAsideFrom(fsys fileSystem, seg *segment, from, to Position) (string, error) {
	f, err := fsys.OpenFile(seg.name(), os.O_RDONLY)
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }() // It was only read.
	return setAside(fsys, f, seg, from, to)
}

// isLeftover reports whether a crash left a file of this name half done.
func isLeftover(name string) bool {
	whole, temporary := strings.CutSuffix(name, temporarySuffix)
	_, isSegment := parseSegmentName(whole)
	_, isKey := parseKeyName(whole)
	return temporary && (isSegment || isKey)
}
