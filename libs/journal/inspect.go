package journal

import (
	"errors"
	"fmt"
	"iter"
	"os"
)

// Report explains a journal's folder.
type Report struct {
	// First, End and Durable bound what can be read: Durable is the end of the
	// last record or damage, End is where a next record would go.
	First, End, Durable Position
	// Records that are whole, and how many of them are sealed.
	Records, SealedRecords int64
	// TornBytes are at the end and not known to have been durable: Open would
	// cut them off.
	TornBytes int64
	// Damages in ascending order. File is empty in them: nothing was copied.
	Damages []Damage
	// Segments in ascending order.
	Segments []SegmentReport
	// Leftovers are the names of files that a crash left half done or over. Open
	// would remove them.
	Leftovers []string
}

// SegmentReport explains a segment.
type SegmentReport struct {
	Name string
	// Base is where it begins, and End where the next one does or would.
	Base, End Position
	// Bytes is the size of the file.
	Bytes   int64
	Records int64
	Damages int
	// HeaderDamaged says that the header can't be read. That costs no record.
	HeaderDamaged bool
	// Sealed says that its records are sealed.
	Sealed bool
}

// Inspect explains the folder of a journal, and changes nothing in it. It reads
// all of it in bounded memory. Keys open what is sealed; without them, nil, only
// its framing is checked, which finds what a disk does but not what somebody
// altered on purpose. If a journal has the folder open, what is being written may
// count as torn, and trimming may make Inspect fail.
func Inspect(dir string, keys Keys) (Report, error) {
	fsys, err := openFolder(dir)
	if err != nil {
		return Report{}, fmt.Errorf("journal: can't inspect it: %w", err)
	}
	defer func() { _ = fsys.Close() }() // It was only read.
	v, err := inspect(fsys, look{keys: keys})
	if err != nil {
		return Report{}, err
	}
	return v.report(fsys)
}

func (v *survey) report(fsys fileSystem) (Report, error) {
	damages, err := v.damages(fsys, false)
	report := Report{
		First: v.end, End: v.end, Durable: v.durable, Records: v.records, SealedRecords: v.sealed,
		TornBytes: v.torn, Damages: damages, Leftovers: v.leftovers,
	}
	for _, seg := range v.segments {
		report.First = min(report.First, seg.base)
		report.Segments = append(report.Segments, SegmentReport{
			Name: seg.name(), Base: seg.base, End: seg.end, Bytes: seg.size,
			Records: seg.records, Damages: len(seg.damages), HeaderDamaged: seg.headerDamaged, Sealed: seg.sealed,
		})
	}
	return report, err
}

// Records yields the records of a journal's folder in their order, and changes
// nothing in it. A record's data is valid until the next one. A [*DamageError]
// stands for each damaged region, and the records behind it follow; any other
// error is the last. What is torn at the end is not yielded: see Inspect, also for
// the keys. Without them sealed records have no data.
func Records(dir string, keys Keys) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		fsys, err := openFolder(dir)
		if err != nil {
			yield(Record{}, fmt.Errorf("journal: can't read it: %w", err))
			return
		}
		defer func() { _ = fsys.Close() }() // It was only read.
		v, err := inspect(fsys, look{keys: keys})
		if err == nil {
			err = v.each(fsys, yield)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(Record{}, err)
		}
	}
}

// errStopped says that whoever ranges over records has had enough.
var errStopped = errors.New("stopped")

func (v *survey) each(fsys fileSystem, yield func(Record, error) bool) error {
	s := newScanner(v.id)
	for _, seg := range v.segments {
		if err := seg.each(fsys, &s, yield); err != nil {
			return err
		}
	}
	return nil
}

func (seg *surveyed) each(fsys fileSystem, s *scanner, yield func(Record, error) bool) error {
	f, err := fsys.OpenFile(seg.name(), os.O_RDONLY)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }() // It was only read.
	s.reset(f, &seg.segment, seg.base, seg.end, seg.content())
	for !s.done() {
		more, err := yieldNext(s, yield)
		if err != nil {
			return fmt.Errorf("journal: can't read %s: %w", seg.name(), err)
		}
		if !more {
			return errStopped
		}
	}
	return nil
}

// yieldNext yields the scanner's next record or damage, if that is what comes.
func yieldNext(s *scanner, yield func(Record, error) bool) (more bool, err error) {
	f, ok, err := s.scan()
	switch {
	case err != nil:
		return false, err
	case ok && f.kind != kindFiller:
		return yield(Record{Data: f.data, Start: f.start, End: f.end, Sealed: s.sealed}, nil), nil
	case ok:
		return true, nil
	}
	damage := &DamageError{From: s.next}
	if err := s.skipDamage(); err != nil {
		return false, err
	}
	damage.To = s.next
	return yield(Record{}, damage), nil
}
