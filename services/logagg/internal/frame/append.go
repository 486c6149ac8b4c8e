package frame

import (
	"github.com/sluice-ingest/sluice/libs/record"
	"github.com/sluice-ingest/sluice/libs/wire/field"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// AppendAccepted appends the encoded JournalRecord of an accepted frame to dst.
// entries are those that are indexed, of which counts says the rest; its Indexed
// is not looked at.
func AppendAccepted(dst []byte, h *record.Header, counts *Counts, entries []entry.Entry) []byte {
	size := field.SizeVarint(counts.Sequence) + field.SizeVarint(counts.Filtered) + field.SizeVarint(counts.Redacted)
	for i := range counts.Rejected {
		size += field.SizeBytes(counts.Rejected[i].size())
	}
	for i := range entries {
		size += field.SizeBytes(SizeOf(&entries[i]))
	}
	dst = record.AppendHead(dst, h, record.Frame, size)
	dst = field.AppendVarint(dst, acceptedSequence, counts.Sequence)
	for i := range counts.Rejected {
		dst = field.AppendLength(dst, acceptedRejected, counts.Rejected[i].size())
		dst = field.AppendVarint(dst, rejectedReason, int64(counts.Rejected[i].Reason))
		dst = field.AppendVarint(dst, rejectedCount, counts.Rejected[i].Count)
	}
	for i := range entries {
		dst = field.AppendLength(dst, acceptedEntries, SizeOf(&entries[i]))
		dst = appendEntry(dst, &entries[i])
	}
	dst = field.AppendVarint(dst, acceptedFiltered, counts.Filtered)
	return field.AppendVarint(dst, acceptedRedacted, counts.Redacted)
}

// size of the encoded LogErrorCount.
func (r *RejectedCount) size() int {
	return field.SizeVarint(int64(r.Reason)) + field.SizeVarint(r.Count)
}

// SizeOf is the size of an entry as an encoded LogRecord.
func SizeOf(e *entry.Entry) int {
	size := field.SizeText(e.Application) + field.SizeVarint(int64(e.Level)) + field.SizeVarint(e.Timestamp) +
		field.SizeText(e.Message) + field.SizeText(e.Category) + field.SizeVarint(flag(e.Redacted))
	for i := range e.Fields {
		size += field.SizeBytes(sizeOfField(&e.Fields[i]))
	}
	return size
}

// The key and the value of a map's entry are written even if they are empty, as
// the standard encoder does.
func sizeOfField(f *entry.Field) int {
	return field.SizeBytes(len(f.Name)) + field.SizeBytes(len(f.Value))
}

func appendEntry(dst []byte, e *entry.Entry) []byte {
	dst = field.AppendText(dst, entryApplication, e.Application)
	dst = field.AppendVarint(dst, recordLevel, int64(e.Level))
	dst = field.AppendVarint(dst, entryTimestamp, e.Timestamp)
	dst = field.AppendText(dst, entryMessage, e.Message)
	for i := range e.Fields {
		f := &e.Fields[i]
		dst = field.AppendLength(dst, entryFields, sizeOfField(f))
		dst = append(field.AppendLength(dst, mapKey, len(f.Name)), f.Name...)
		dst = append(field.AppendLength(dst, mapValue, len(f.Value)), f.Value...)
	}
	dst = field.AppendText(dst, recordCategory, e.Category)
	return field.AppendVarint(dst, recordRedacted, flag(e.Redacted))
}

func flag(set bool) int64 {
	if set {
		return 1
	}
	return 0
}
