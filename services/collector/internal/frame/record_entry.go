package frame

import (
	"slices"

	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// entry decodes the entry with the tag whose length is next at c.
func (r *Record) entry(c *cursor, tag uint64, withPoints bool) {
	entry := c.bytes()
	if c.failed {
		return
	}
	var ok bool
	switch tag {
	case recordFrame:
		r.begin(KindFrame)
		ok = r.frame(entry, withPoints)
	case recordEpochOpened:
		r.begin(KindEpochOpened)
		ok = allUnknown(entry)
	case recordReceipt:
		r.begin(KindReceipt)
		ok = r.receipt(entry)
	case recordDeletion:
		r.begin(KindDeletion)
		ok = r.deletion(entry)
	}
	if !ok {
		c.fail()
	}
}

// Tags of the fields of AcceptedFrame and PointErrorCount.
const (
	frameSequence = 1<<3 | typeVarint
	frameRejected = 2<<3 | typeBytes
	framePoints   = 3<<3 | typeBytes

	rejectedReason = 1<<3 | typeVarint
	rejectedCount  = 2<<3 | typeVarint
)

func (r *Record) frame(entry []byte, withPoints bool) bool {
	c := cursor{rest: entry}
	for c.more() {
		switch tag := c.varint(); tag {
		case framePoints:
			r.PointCount++
			if raw := c.bytes(); withPoints && !r.points.decode(raw) {
				c.fail()
			}
		case frameSequence:
			r.Sequence = int64(c.varint())
		case frameRejected:
			r.rejection(&c)
		default:
			c.skip(tag)
		}
	}
	return !c.failed
}

func (r *Record) rejection(from *cursor) {
	var count RejectedCount
	c := cursor{rest: from.bytes()}
	for c.more() {
		switch tag := c.varint(); tag {
		case rejectedReason:
			count.Reason = collectorv1.PointErrorReason(c.varint())
		case rejectedCount:
			count.Count = int64(c.varint())
		default:
			c.skip(tag)
		}
	}
	if c.failed {
		from.fail()
	}
	r.rejected = append(r.rejected, count)
}

// receipt keeps the bytes. Those of a message that comes in parts are the parts
// one after the other.
func (r *Record) receipt(entry []byte) bool {
	if r.Receipt == nil {
		r.Receipt = entry
	} else {
		r.Receipt = append(slices.Clip(r.Receipt), entry...)
	}
	var decoded collectorv1.CollectDataPointsResponse
	return proto.Unmarshal(entry, &decoded) == nil
}

func (r *Record) deletion(entry []byte) bool {
	if r.Deletion == nil {
		r.Deletion = &collectorv1.PointDeletion{}
	}
	return proto.UnmarshalOptions{Merge: true}.Unmarshal(entry, r.Deletion) == nil
}

// allUnknown reports whether the bytes are an encoded message, of whatever
// fields.
func allUnknown(data []byte) bool {
	c := cursor{rest: data}
	for c.more() {
		c.skip(c.varint())
	}
	return !c.failed
}
