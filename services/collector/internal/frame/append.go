package frame

import (
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// AppendAccepted appends the encoded JournalRecord of an accepted frame to dst.
// points are those that were accepted; their Raw bytes are copied.
func AppendAccepted(dst []byte, h *record.Header, sequence int64, rejected []RejectedCount, points []Point) []byte {
	size := field.SizeVarint(sequence)
	for i := range rejected {
		size += field.SizeBytes(rejected[i].size())
	}
	for i := range points {
		size += field.SizeBytes(len(points[i].Raw))
	}
	dst = record.AppendHead(dst, h, record.Frame, size)
	dst = field.AppendVarint(dst, acceptedSequence, sequence)
	for i := range rejected {
		dst = field.AppendLength(dst, acceptedRejected, rejected[i].size())
		dst = field.AppendVarint(dst, rejectedReason, int64(rejected[i].Reason))
		dst = field.AppendVarint(dst, rejectedCount, rejected[i].Count)
	}
	for i := range points {
		dst = field.AppendLength(dst, acceptedPoints, len(points[i].Raw))
		dst = append(dst, points[i].Raw...)
	}
	return dst
}

// size of the encoded PointErrorCount.
func (r *RejectedCount) size() int {
	return field.SizeVarint(int64(r.Reason)) + field.SizeVarint(r.Count)
}
