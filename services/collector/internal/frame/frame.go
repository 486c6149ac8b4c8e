package frame

import (
	"errors"

	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// Errors of decoding.
var (
	// ErrMalformed says that the bytes are not an encoded message of the type.
	ErrMalformed = errors.New("malformed message: encode it as the schema says, with strings in UTF-8")
	// ErrTooManyPoints says that a frame has more than [Frame.MaxPoints].
	ErrTooManyPoints = errors.New("too many points in one frame: send smaller frames")
)

// Frame is a decoded sluice.collector.v1.CollectDataPointsRequest.
//
// One can be decoded into again and again, and keeps its memory for that. All
// its slices refer to the decoded bytes and are valid as long as those. Not
// safe for concurrent use.
type Frame struct {
	ProducerID []byte
	Epoch      int64
	Sequence   int64
	// Points in the order of the bytes. They may be reordered and removed in
	// place.
	Points []Point

	// MaxPoints bounds the points of a frame, and with them the memory that
	// decoding takes. 0: no bound. Reset and DecodeRequest leave it as it is.
	MaxPoints int

	points points
}

// Tags of the fields of CollectDataPointsRequest.
const (
	requestProducerID = 1<<3 | field.Bytes
	requestEpoch      = 2<<3 | field.Varint
	requestSequence   = 3<<3 | field.Varint
	requestPoints     = 4<<3 | field.Bytes
)

// DecodeRequest replaces the frame's content. The error is [ErrMalformed] or
// [ErrTooManyPoints], and the frame is empty then.
func (f *Frame) DecodeRequest(data []byte) error {
	f.clear()
	c := field.Read(data)
	for c.More() {
		switch tag := c.Varint(); tag {
		case requestPoints:
			if f.MaxPoints > 0 && len(f.points.list) == f.MaxPoints {
				f.clear()
				return ErrTooManyPoints
			}
			if !f.points.decode(c.Bytes()) {
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
	f.Points = f.points.list
	return nil
}

// Reset empties the frame: it refers to no bytes any more, and gives back
// memory that an unusual frame took.
func (f *Frame) Reset() {
	f.clear()
	f.points.release()
}

func (f *Frame) clear() {
	f.ProducerID, f.Epoch, f.Sequence, f.Points = nil, 0, 0, nil
	f.points.clear()
}
