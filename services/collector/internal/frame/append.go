package frame

import (
	"fmt"
	"slices"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// AppendFrame appends the encoded JournalRecord of an accepted frame to dst.
// points are those that were accepted; their Raw bytes are copied.
func AppendFrame(dst []byte, h *Header, sequence int64, rejected []RejectedCount, points []Point) []byte {
	size := sizeVarint(sequence)
	for i := range rejected {
		size += sizeBytes(rejected[i].size())
	}
	for i := range points {
		size += sizeBytes(len(points[i].Raw))
	}
	dst = appendHeader(dst, h, sizeBytes(size))
	dst = appendLength(dst, recordFrame, size)
	dst = appendVarint(dst, frameSequence, sequence)
	for i := range rejected {
		dst = appendLength(dst, frameRejected, rejected[i].size())
		dst = appendVarint(dst, rejectedReason, int64(rejected[i].Reason))
		dst = appendVarint(dst, rejectedCount, rejected[i].Count)
	}
	for i := range points {
		dst = appendLength(dst, framePoints, len(points[i].Raw))
		dst = append(dst, points[i].Raw...)
	}
	return dst
}

// AppendEpochOpened appends the encoded JournalRecord of an opened epoch to dst.
func AppendEpochOpened(dst []byte, h *Header) []byte {
	return appendEntry(dst, h, recordEpochOpened, nil)
}

// AppendReceipt appends the encoded JournalRecord of an answered stream to dst.
// receipt is the encoded CollectDataPointsResponse.
func AppendReceipt(dst []byte, h *Header, receipt []byte) []byte {
	return appendEntry(dst, h, recordReceipt, receipt)
}

// AppendDeletion appends the encoded JournalRecord of a deletion to dst. It
// fails when a string is not UTF-8.
func AppendDeletion(dst []byte, h *Header, deletion *collectorv1.PointDeletion) ([]byte, error) {
	entry, err := proto.Marshal(deletion)
	if err != nil {
		return dst, fmt.Errorf("encode the deletion: %w", err)
	}
	return appendEntry(dst, h, recordDeletion, entry), nil
}

func appendEntry(dst []byte, h *Header, tag uint64, entry []byte) []byte {
	dst = appendHeader(dst, h, sizeBytes(len(entry)))
	return append(appendLength(dst, tag, len(entry)), entry...)
}

// appendHeader appends the fields of the header, after making room for them and
// for more bytes.
func appendHeader(dst []byte, h *Header, more int) []byte {
	const aroundNames = 64
	dst = slices.Grow(dst, len(h.Tenant)+len(h.Subject)+len(h.ProducerID)+aroundNames+more)
	dst = appendVarint(dst, recordTime, h.Time)
	dst = appendText(dst, recordTenant, h.Tenant)
	dst = appendText(dst, recordSubject, h.Subject)
	dst = appendText(dst, recordProducerID, h.ProducerID)
	return appendVarint(dst, recordEpoch, h.Epoch)
}

// size of the encoded PointErrorCount.
func (r *RejectedCount) size() int {
	return sizeVarint(int64(r.Reason)) + sizeVarint(r.Count)
}

// All tags here take one byte. Fields that are 0 or empty are left out.

func sizeBytes(length int) int {
	return 1 + protowire.SizeBytes(length)
}

func sizeVarint(value int64) int {
	if value == 0 {
		return 0
	}
	return 1 + protowire.SizeVarint(uint64(value))
}

func appendLength(dst []byte, tag uint64, length int) []byte {
	return protowire.AppendVarint(append(dst, byte(tag)), uint64(length))
}

func appendVarint(dst []byte, tag uint64, value int64) []byte {
	if value == 0 {
		return dst
	}
	return protowire.AppendVarint(append(dst, byte(tag)), uint64(value))
}

func appendText(dst []byte, tag uint64, value string) []byte {
	if value == "" {
		return dst
	}
	return append(appendLength(dst, tag, len(value)), value...)
}
