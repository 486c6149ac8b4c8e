package frame

import (
	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// Kind is what a journal record decided.
type Kind uint8

// The kinds of records.
const (
	// KindNone is a record without an entry, or with one that this version does
	// not know.
	KindNone Kind = iota
	// KindFrame is an accepted frame.
	KindFrame
	// KindEpochOpened is an opened epoch.
	KindEpochOpened
	// KindReceipt is the answer to a stream.
	KindReceipt
	// KindDeletion is a deletion of points.
	KindDeletion
)

// Header tells whose record it is.
type Header struct {
	// Time of writing in Unix nanoseconds.
	Time int64

	Tenant     string
	Subject    string
	ProducerID string
	Epoch      int64
}

// RejectedCount is how many points of a frame were rejected for one reason.
type RejectedCount struct {
	Reason collectorv1.PointErrorReason
	Count  int64
}

// Record is a decoded sluice.collector.v1.JournalRecord.
//
// One can be decoded into again and again, and keeps its memory for that. The
// points and the receipt refer to the decoded bytes and are valid as long as
// those; the strings are copies, and made anew only when they differ from the
// record's before. Not safe for concurrent use.
type Record struct {
	Header

	Kind Kind

	// Sequence of an accepted frame.
	Sequence int64
	// Rejected points of an accepted frame.
	Rejected []RejectedCount
	// PointCount is the number of accepted points; [Record.DecodeHeader] counts
	// them too.
	PointCount int
	Points     []Point

	// Receipt is the encoded CollectDataPointsResponse of a receipt.
	Receipt []byte

	// Deletion of a deletion.
	Deletion *collectorv1.PointDeletion

	rejected []RejectedCount
	points   points
}

// Decode replaces the record's content. The error is [ErrMalformed], and the
// content is undefined then.
func (r *Record) Decode(data []byte) error { return r.decode(data, true) }

// DecodeHeader is Decode without the points, which it only counts.
func (r *Record) DecodeHeader(data []byte) error { return r.decode(data, false) }

// Tags of the fields of JournalRecord.
const (
	recordTime        = 1<<3 | typeVarint
	recordTenant      = 2<<3 | typeBytes
	recordSubject     = 3<<3 | typeBytes
	recordProducerID  = 4<<3 | typeBytes
	recordEpoch       = 5<<3 | typeVarint
	recordFrame       = 6<<3 | typeBytes
	recordEpochOpened = 7<<3 | typeBytes
	recordReceipt     = 8<<3 | typeBytes
	recordDeletion    = 9<<3 | typeBytes
)

func (r *Record) decode(data []byte, withPoints bool) error {
	r.begin(KindNone)
	var tenant, subject, producerID []byte
	r.Time, r.Epoch = 0, 0
	c := cursor{rest: data}
	for c.more() {
		switch tag := c.varint(); tag {
		case recordTime:
			r.Time = int64(c.varint())
		case recordTenant:
			tenant = c.text()
		case recordSubject:
			subject = c.text()
		case recordProducerID:
			producerID = c.text()
		case recordEpoch:
			r.Epoch = int64(c.varint())
		case recordFrame, recordEpochOpened, recordReceipt, recordDeletion:
			r.entry(&c, tag, withPoints)
		default:
			c.skip(tag)
		}
	}
	if c.failed {
		return ErrMalformed
	}
	r.setNames(tenant, subject, producerID)
	r.Points, r.Rejected = r.points.list, r.rejected
	return nil
}

func (r *Record) setNames(tenant, subject, producerID []byte) {
	set := func(name *string, value []byte) {
		if *name != string(value) {
			*name = string(value)
		}
	}
	set(&r.Tenant, tenant)
	set(&r.Subject, subject)
	set(&r.ProducerID, producerID)
}

// begin drops the entry that the record had, unless it is of the same kind: an
// entry that comes in parts is put together, and of entries of several kinds
// the last one counts.
func (r *Record) begin(kind Kind) {
	if r.Kind == kind && kind != KindNone {
		return
	}
	r.Kind = kind
	r.Sequence, r.PointCount, r.rejected = 0, 0, r.rejected[:0]
	r.points.clear()
	r.Receipt, r.Deletion = nil, nil
}
