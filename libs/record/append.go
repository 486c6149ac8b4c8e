package record

import (
	"slices"

	"github.com/sluice-ingest/sluice/libs/wire/field"
)

// Append appends an encoded JournalRecord to dst.
func Append(dst []byte, h *Header, kind Kind, entry []byte) []byte {
	return append(AppendHead(dst, h, kind, len(entry)), entry...)
}

// AppendHead appends all of an encoded JournalRecord but its entry, after making
// room for that too. The caller appends the entry, which has so many bytes.
func AppendHead(dst []byte, h *Header, kind Kind, entrySize int) []byte {
	const aroundNames = 64
	dst = slices.Grow(dst, len(h.Tenant)+len(h.Subject)+len(h.ProducerID)+aroundNames+entrySize)
	dst = field.AppendVarint(dst, tagTime, h.Time)
	dst = field.AppendText(dst, tagTenant, h.Tenant)
	dst = field.AppendText(dst, tagSubject, h.Subject)
	dst = field.AppendText(dst, tagProducerID, h.ProducerID)
	dst = field.AppendVarint(dst, tagEpoch, h.Epoch)
	return field.AppendLength(dst, tagOf(kind), entrySize)
}

func tagOf(kind Kind) uint64 {
	return tagFrame + uint64(kind-Frame)<<3
}
