package frame

import (
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/wire/field"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Counts are what the journal says of a frame beside its entries.
type Counts struct {
	Sequence int64
	// Rejected entries of the frame.
	Rejected []RejectedCount
	// Indexed is the number of its entries that were accepted.
	Indexed int64
	// Filtered is how many a filter rule left out.
	Filtered int64
	// Redacted is how many of the indexed ones had something redacted.
	Redacted int64
}

// RejectedCount is how many entries of a frame were rejected for one reason.
type RejectedCount struct {
	Reason logaggv1.LogErrorReason
	Count  int64
}

// Accepted is a decoded sluice.logagg.v1.AcceptedFrame.
//
// One can be decoded into again and again. Not safe for concurrent use.
type Accepted struct {
	Counts

	// Entries and their fields are made anew by each Decode, and are the
	// caller's.
	Entries []entry.Entry
}

// Tags of the fields of AcceptedFrame and LogErrorCount.
const (
	acceptedSequence = 1<<3 | field.Varint
	acceptedRejected = 2<<3 | field.Bytes
	acceptedEntries  = 3<<3 | field.Bytes
	acceptedFiltered = 4<<3 | field.Varint
	acceptedRedacted = 5<<3 | field.Varint

	rejectedReason = 1<<3 | field.Varint
	rejectedCount  = 2<<3 | field.Varint
)

// DecodeCounts replaces the counts, and does not look into the entries. The
// error is [ErrMalformed], and the content is undefined then.
func (n *Counts) DecodeCounts(data []byte) error {
	return n.decode(data, func([]byte) bool { return true })
}

// Decode replaces the content. The error is [ErrMalformed], and the content is
// undefined then.
func (a *Accepted) Decode(data []byte) error {
	var decoded entries
	err := a.decode(data, func(raw []byte) bool {
		if decoded.list == nil {
			// Most frames have entries of about one size.
			decoded.list = make([]entry.Entry, 0, 1+len(data)/(len(raw)+1))
		}
		return decoded.decode(raw, logRecord)
	})
	a.Entries = decoded.list
	return err
}

func (n *Counts) decode(data []byte, each func(raw []byte) bool) error {
	*n = Counts{Rejected: n.Rejected[:0]}
	c := field.Read(data)
	for c.More() {
		switch tag := c.Varint(); tag {
		case acceptedEntries:
			n.Indexed++
			if !each(c.Bytes()) {
				c.Fail()
			}
		case acceptedSequence:
			n.Sequence = int64(c.Varint())
		case acceptedFiltered:
			n.Filtered = int64(c.Varint())
		case acceptedRedacted:
			n.Redacted = int64(c.Varint())
		case acceptedRejected:
			n.rejection(&c)
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		return ErrMalformed
	}
	return nil
}

func (n *Counts) rejection(from *field.Cursor) {
	var count RejectedCount
	c := field.Read(from.Bytes())
	for c.More() {
		switch tag := c.Varint(); tag {
		case rejectedReason:
			count.Reason = logaggv1.LogErrorReason(c.Varint())
		case rejectedCount:
			count.Count = int64(c.Varint())
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		from.Fail()
	}
	n.Rejected = append(n.Rejected, count)
}

// Reject counts an entry that was rejected.
func (n *Counts) Reject(reason logaggv1.LogErrorReason) {
	for i := range n.Rejected {
		if n.Rejected[i].Reason == reason {
			n.Rejected[i].Count++
			return
		}
	}
	n.Rejected = append(n.Rejected, RejectedCount{Reason: reason, Count: 1})
}
