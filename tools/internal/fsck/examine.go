package fsck

import (
	"errors"
	"fmt"
	"time"

	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/journal"
)

// Record is one record of a journal, or a damage in its place.
type Record struct {
	Start, End int64
	// Bytes of its payload.
	Bytes int
	// Entry is nil for a damage and for what can't be decoded.
	Entry *collectorv1.JournalRecord
	// Problem tells why there is no entry.
	Problem error
}

// Examine reads the journal of a collector's data folder, or a journal's own
// folder, and calls each with every record in its order; each may be nil. It
// takes bounded memory but for the producers' names. The error is that of
// reading; what is wrong with the journal is in the report.
func Examine(dir string, each func(Record) error) (*Report, error) {
	dir, err := journalDir(dir)
	if err != nil {
		return nil, err
	}
	inspected, err := journal.Inspect(dir)
	if err != nil {
		return nil, fmt.Errorf("inspect the journal in %s: %w", dir, err)
	}
	e := &examination{report: newReport(dir, inspected), producers: map[producerKey]*Producer{}}
	for record, err := range journal.Records(dir) {
		if damage, ok := errors.AsType[*journal.DamageError](err); ok {
			record.Start, record.End = damage.From, damage.To
		} else if err != nil {
			return nil, fmt.Errorf("read the journal in %s: %w", dir, err)
		}
		taken := e.take(record, err)
		if each == nil {
			continue
		}
		if err := each(taken); err != nil {
			return nil, err
		}
	}
	return e.report, nil
}

func newReport(dir string, j journal.Report) *Report {
	r := &Report{
		Dir: dir, First: int64(j.First), Durable: int64(j.Durable), End: int64(j.End), TornBytes: j.TornBytes,
		Leftovers: j.Leftovers, Segments: []Segment{}, Producers: []*Producer{}, Damages: []Region{},
	}
	for _, s := range j.Segments {
		r.Segments = append(r.Segments, Segment{
			Name: s.Name, Base: int64(s.Base), End: int64(s.End), Bytes: s.Bytes,
			Records: s.Records, Damages: s.Damages, HeaderDamaged: s.HeaderDamaged,
		})
	}
	for _, d := range j.Damages {
		r.Damages = append(r.Damages, Region{From: int64(d.From), To: int64(d.To)})
	}
	return r
}

// examination adds records up.
type examination struct {
	report    *Report
	producers map[producerKey]*Producer
}

type producerKey struct{ tenant, subject, id string }

// take takes a record in, or a damage.
func (e *examination) take(r journal.Record, damage error) Record {
	taken := Record{Start: int64(r.Start), End: int64(r.End), Bytes: len(r.Data), Problem: damage}
	if damage != nil {
		return taken
	}
	e.report.Records++
	entry := &collectorv1.JournalRecord{}
	if err := proto.Unmarshal(r.Data, entry); err != nil {
		taken.Problem = fmt.Errorf("it is no JournalRecord: %w", err)
		e.report.Undecoded = append(e.report.Undecoded, Undecoded{Start: taken.Start, Error: taken.Problem.Error()})
		return taken
	}
	taken.Entry = entry
	e.count(entry, taken.Start)
	return taken
}

func (e *examination) count(entry *collectorv1.JournalRecord, position int64) {
	e.report.span(time.Unix(0, entry.GetTime()).UTC())
	switch kind := entry.GetEntry().(type) {
	case *collectorv1.JournalRecord_Frame:
		e.frame(entry, kind.Frame, position)
	case *collectorv1.JournalRecord_EpochOpened:
		e.report.Epochs++
	case *collectorv1.JournalRecord_Receipt:
		e.report.Receipts++
	case *collectorv1.JournalRecord_Deletion:
		e.report.Deletions++
	}
}

func (e *examination) frame(entry *collectorv1.JournalRecord, frame *collectorv1.AcceptedFrame, position int64) {
	r := e.report
	points := int64(len(frame.GetPoints()))
	r.Frames++
	r.Points += points
	for _, p := range frame.GetPoints() {
		r.Samples += int64(len(p.GetMetrics()))
	}
	for _, rejected := range frame.GetRejected() {
		r.Rejected += rejected.GetCount()
	}
	p := e.producer(entry)
	p.Epoch = max(p.Epoch, entry.GetEpoch())
	p.Points += points
	p.follow(frame.GetSequence(), position)
}

func (e *examination) producer(entry *collectorv1.JournalRecord) *Producer {
	key := producerKey{entry.GetTenant(), entry.GetSubject(), entry.GetProducerId()}
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
