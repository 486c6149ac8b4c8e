package frame

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/wire/field"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// Errors of decoding.
var (
	// ErrMalformed says that the bytes are not an encoded message of the type.
	ErrMalformed = errors.New("malformed message: encode it as the schema says, with strings in UTF-8")
	// ErrTooManyEntries says that a frame has more than [Frame.MaxEntries].
	ErrTooManyEntries = errors.New("too many entries in one frame: send smaller frames")
)

// Frame is a decoded sluice.logagg.v1.CollectLogsRequest.
//
// One can be decoded into again and again, and keeps its memory for that. Not
// safe for concurrent use.
type Frame struct {
	ProducerID []byte
	Epoch      int64
	Sequence   int64
	// Entries in the order of the bytes. They may be changed, reordered and
	// removed in place.
	Entries []entry.Entry

	// MaxEntries bounds the entries of a frame, and with them the memory that
	// decoding takes. 0: no bound. Reset and DecodeRequest leave it as it is.
	MaxEntries int

	entries entries
}

// Tags of the fields of CollectLogsRequest.
const (
	requestProducerID = 1<<3 | field.Bytes
	requestEpoch      = 2<<3 | field.Varint
	requestSequence   = 3<<3 | field.Varint
	requestEntries    = 4<<3 | field.Bytes
)

// DecodeRequest replaces the frame's content. The error is [ErrMalformed] or
// [ErrTooManyEntries], and the frame is empty then.
func (f *Frame) DecodeRequest(data []byte) error {
	f.clear()
	c := field.Read(data)
	for c.More() {
		switch tag := c.Varint(); tag {
		case requestEntries:
			if f.MaxEntries > 0 && len(f.entries.list) == f.MaxEntries {
				f.clear()
				return ErrTooManyEntries
			}
			if !f.entries.decode(c.Bytes(), logEntry) {
				c.Fail()
			}
		case requestProducerID:
			f.ProducerID = c.Text()
		case requestEpoch:
			f.Epoch = int64(c.Varint())
		case requestSequence:
			f.Sequence = int64(c.Varint())
		default:
			c.Skip(tag)
		}
	}
	if c.Failed() {
		f.clear()
		return ErrMalformed
	}
	f.Entries = f.entries.list
	return nil
}

// Reset empties the frame: it refers to no bytes any more, and gives back
// memory that an unusual frame took.
func (f *Frame) Reset() {
	f.clear()
	f.entries.shrink()
}

func (f *Frame) clear() {
	f.ProducerID, f.Epoch, f.Sequence, f.Entries = nil, 0, 0, nil
	f.entries.clear()
}
