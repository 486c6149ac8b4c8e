package frame

import (
	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// Accepted is a decoded sluice.collector.v1.AcceptedFrame: what the journal
// holds of a frame.
//
// One can be decoded into again and again, and keeps its memory for that. The
// points refer to the decoded bytes and are valid as long as those. Not safe for
// concurrent use.
type Accepted struct {
	Sequence int64
	// Rejected points of the frame.
	Rejected []RejectedCount
	// PointCount is the number of accepted points; [Accepted.DecodeCounts] counts
	// them too.
	PointCount int
	Points     []Point

	points points
}

// RejectedCount is how many points of a frame were rejected for one reason.
type RejectedCount struct {
	Reason collectorv1.PointErrorReason
	Count  int64
}

// Tags of the fields of AcceptedFrame and PointErrorCount.
const (
	acceptedSequence = 1<<3 | field.Varint
	acceptedRejected = 2<<3 | field.Bytes
	acceptedPoints   = 3<<3 | field.Bytes

	rejectedReason = 1<<3 | field.Varint
	rejectedCount  = 2<<3 | field.Varint
)

// Decode replaces the content. The error is [ErrMalformed], and the content is
// undefined then.
func (a *Accepted) Decode(data []byte) error { return a.decode(data, true) }

// DecodeCounts is Decode without the points, which it only counts.
func (a *Accepted) DecodeCounts(data []byte) error { return a.decode(data, false) }

func (a *Accepted) decode(data []byte, withPoints bool) error {
	a.Sequence, a.PointCount, a.Rejected = 0, 0, a.Rejected[:0]
	a.points.clear()
	c := field.Read(data)
	for c.More() {
		switch tag := c.Varint(); tag {
		case acceptedPoints:
			a.PointCount++
			if raw := c.Bytes(); withPoints && !a.points.decode(raw) {
				c.Fail()
			}
		case acceptedSequence:
			a.Sequence = int64(c.Varint())
		case acceptedRejected:
			a.rejection(&c)
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		return ErrMalformed
	}
	a.Points = a.points.list
	return nil
}

func (a *Accepted) rejection(from *field.Cursor) {
	var count RejectedCount
	c := field.Read(from.Bytes())
	for c.More() {
		switch tag := c.Varint(); tag {
		case rejectedReason:
			count.Reason = collectorv1.PointErrorReason(c.Varint())
		case rejectedCount:
			count.Count = int64(c.Varint())
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		from.Fail()
	}
	a.Rejected = append(a.Rejected, count)
}
