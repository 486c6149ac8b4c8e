// Package record is the envelope of what a service's journal holds: whose record
// it is and what kind of decision, around an entry that the service knows.
//
// The published messages are sluice.collector.v1.JournalRecord and
// sluice.logagg.v1.JournalRecord, which number these fields alike:
//
//	1 time  2 tenant  3 subject  4 producer_id  5 epoch
//	6 frame | 7 epoch_opened | 8 receipt | 9 deletion
package record

import (
	"errors"
	"slices"

	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// ErrMalformed says that bytes are not an encoded JournalRecord.
var ErrMalformed = errors.New("malformed journal record")

// Kind is what a record decided.
type Kind uint8

// The kinds of records.
const (
	// None is a record without an entry, or with one that this version does not
	// know.
	None Kind = iota
	// Frame is an accepted frame.
	Frame
	// EpochOpened is an opened epoch.
	EpochOpened
	// Receipt is the answer to a stream.
	Receipt
	// Deletion is a deletion.
	Deletion
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

// Record is a decoded JournalRecord.
//
// One can be decoded into again and again. The strings are copies, and made anew
// only when they differ from the record's before. Not safe for concurrent use.
type Record struct {
	Header

	Kind Kind
	// Entry is the encoded message of the kind, and valid as long as the bytes
	// that were decoded.
	Entry []byte
}

// Tags of the fields.
const (
	tagTime        = 1<<3 | field.Varint
	tagTenant      = 2<<3 | field.Bytes
	tagSubject     = 3<<3 | field.Bytes
	tagProducerID  = 4<<3 | field.Bytes
	tagEpoch       = 5<<3 | field.Varint
	tagFrame       = 6<<3 | field.Bytes
	tagEpochOpened = 7<<3 | field.Bytes
	tagReceipt     = 8<<3 | field.Bytes
	tagDeletion    = 9<<3 | field.Bytes
)

// Decode replaces the record's content. It does not look into the entry. The
// error is [ErrMalformed], and the content is undefined then.
func (r *Record) Decode(data []byte) error {
	r.Kind, r.Entry = None, nil
	r.Time, r.Epoch = 0, 0
	var tenant, subject, producerID []byte
	c := field.Read(data)
	for c.More() {
		switch tag := c.Varint(); tag {
		case tagTime:
			r.Time = int64(c.Varint())
		case tagTenant:
			tenant = c.Text()
		case tagSubject:
			subject = c.Text()
		case tagProducerID:
			producerID = c.Text()
		case tagEpoch:
			r.Epoch = int64(c.Varint())
		case tagFrame, tagEpochOpened, tagReceipt, tagDeletion:
			r.take(Kind(tag>>3-tagFrame>>3)+Frame, c.Bytes())
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		return ErrMalformed
	}
	replace(&r.Tenant, tenant)
	replace(&r.Subject, subject)
	replace(&r.ProducerID, producerID)
	return nil
}

// take takes an entry. One that comes in parts is the parts one after the other,
// and of entries of several kinds the last one counts: so protobuf merges a
// oneof.
func (r *Record) take(kind Kind, entry []byte) {
	if r.Kind == kind {
		entry = append(slices.Clip(r.Entry), entry...)
	}
	r.Kind, r.Entry = kind, entry
}

// replace sets a text without making anew what is the same.
func replace(text *string, value []byte) {
	if *text != string(value) {
		*text = string(value)
	}
}
