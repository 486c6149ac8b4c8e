package fsck

import (
	"errors"
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// Record is one record of a journal, or a damage in its place.
type Record struct {
	Start, End int64
	// Bytes of its payload.
	Bytes int
	// Sealed on the disk. Without a key its Bytes are 0.
	Sealed bool
	// Decision is nil for a damage and for what can't be read or decoded.
	Decision *Decision
	// Problem tells why there is no decision.
	Problem error
}

// Examine reads the journal of a data folder, or a journal's own folder, and
// calls each with every record in its order; each may be nil. The store beside the
// journal tells whose it is, or else what its records fit, which are then read
// twice. It takes bounded memory but for the producers' names and gaps. The error
// is that of reading; what is wrong with the journal is in the report.
//
// Keys open what is sealed. Without them, nil, only its framing is checked, and
// Sealed in the report counts the records that nothing more is known of.
func Examine(dir string, keys journal.Keys, each func(Record) error) (*Report, error) {
	folder, err := open(dir)
	if err != nil {
		return nil, err
	}
	inspected, err := journal.Inspect(folder.journal, keys)
	if err != nil {
		return nil, fmt.Errorf("inspect the journal in %s: %w", folder.journal, err)
	}
	chosen, err := choose(folder, keys)
	if err != nil {
		return nil, err
	}
	e := &examination{schema: chosen.schema, report: newReport(folder.journal, inspected), producers: map[producerKey]*Producer{}}
	e.report.Service, e.report.ServiceReason = chosen.schema.service(), chosen.reason
	err = eachRecord(folder.journal, keys, func(r journal.Record, damage error) error {
		taken := e.take(r, damage)
		if each == nil {
			return nil
		}
		return each(taken)
	})
	if err != nil {
		return nil, err
	}
	return e.report, nil
}

// eachRecord calls do with every record of a journal, and with every damage in
// place of one.
func eachRecord(dir string, keys journal.Keys, do func(r journal.Record, damage error) error) error {
	for record, err := range journal.Records(dir, keys) {
		if damage, ok := errors.AsType[*journal.DamageError](err); ok {
			record.Start, record.End = damage.From, damage.To
		} else if err != nil {
			return fmt.Errorf("read the journal in %s: %w", dir, err)
		}
		if err := do(record, err); err != nil {
			return err
		}
	}
	return nil
}

func newReport(dir string, j journal.Report) *Report {
	r := &Report{
		Dir: dir, First: int64(j.First), Durable: int64(j.Durable), End: int64(j.End), TornBytes: j.TornBytes,
		Leftovers: j.Leftovers, SealedRecords: j.SealedRecords, Segments: []Segment{}, Producers: []*Producer{}, Damages: []Region{},
	}
	for _, s := range j.Segments {
		r.Segments = append(r.Segments, Segment{
			Name: s.Name, Base: int64(s.Base), End: int64(s.End), Bytes: s.Bytes,
			Records: s.Records, Damages: s.Damages, HeaderDamaged: s.HeaderDamaged, Sealed: s.Sealed,
		})
	}
	for _, d := range j.Damages {
		r.Damages = append(r.Damages, Region{From: int64(d.From), To: int64(d.To)})
	}
	return r
}

// examination adds records up.
type examination struct {
	schema    schema
	report    *Report
	producers map[producerKey]*Producer
}

type producerKey struct{ tenant, subject, id string }

// take takes a record in, or a damage.
func (e *examination) take(r journal.Record, damage error) Record {
	taken := Record{Start: int64(r.Start), End: int64(r.End), Bytes: len(r.Data), Problem: damage, Sealed: r.Sealed}
	if damage != nil {
		return taken
	}
	e.report.Records++
	if isUnread(r) {
		e.report.UnreadRecords++
		taken.Problem = errSealed
		return taken
	}
	decision, err := e.schema.decode(r.Data)
	if err != nil {
		taken.Problem = e.explain(r.Data, err)
		e.report.misfit(taken.Start, taken.Problem)
		return taken
	}
	taken.Decision = decision
	e.count(decision, taken.Start)
	return taken
}

// errSealed says why nothing is known of a record.
var errSealed = errors.New("it is sealed: give the key to read it")

// isUnread tells whether a record is sealed and was read without a key.
func isUnread(r journal.Record) bool { return r.Sealed && r.Data == nil }

// explain tells why data is no record of the service, and whose it is instead.
func (e *examination) explain(data []byte, err error) error {
	of := e.schema.service()
	for _, other := range schemas() {
		if other.service() == of {
			continue
		}
		if _, err := other.decode(data); err == nil {
			return fmt.Errorf("it is a record of a %s, not of a %s", other.service().Title(), of.Title())
		}
	}
	return fmt.Errorf("it is no JournalRecord of a %s: %w", of.Title(), err)
}

func (e *examination) count(d *Decision, position int64) {
	e.report.span(d.Time)
	switch d.Kind {
	case KindFrame:
		e.frame(d, position)
	case KindEpochOpened:
		e.report.Epochs++
	case KindReceipt:
		e.report.Receipts++
	case KindDeletion:
		e.report.Deletions++
	}
}

func (e *examination) frame(d *Decision, position int64) {
	e.report.Frames++
	e.report.add(d.Counts)
	p := e.producer(d)
	p.Epoch = max(p.Epoch, d.Epoch)
	p.Items += d.Items
	p.follow(d.Sequence, position)
}

func (e *examination) producer(d *Decision) *Producer {
	key := producerKey{d.Tenant, d.Subject, d.ProducerID}
	p := e.producers[key]
	if p == nil {
		p = &Producer{Tenant: key.tenant, Subject: key.subject, ProducerID: key.id}
		e.producers[key] = p
		e.report.Producers = append(e.report.Producers, p)
	}
	return p
}

// follow takes the next frame of the producer in. One that begins again at 1
// had been forgotten.
func (p *Producer) follow(sequence, position int64) {
	p.Frames++
	switch {
	case p.Frames == 1:
		p.First = sequence
	case sequence != p.Last+1 && sequence != 1:
		p.Gaps = append(p.Gaps, Gap{After: p.Last, Before: sequence, Position: position})
	}
	p.Last = sequence
}

func (r *Report) span(at time.Time) {
	if r.FirstTime == nil || at.Before(*r.FirstTime) {
		r.FirstTime = &at
	}
	if r.LastTime == nil || at.After(*r.LastTime) {
		r.LastTime = &at
	}
}
