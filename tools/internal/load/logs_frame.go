package load

import "google.golang.org/protobuf/encoding/protowire"

// The fields of LogEntry. A frame of entries has the numbers of one of points.
const (
	fieldApplication  protowire.Number = 1
	fieldLevel        protowire.Number = 2
	fieldLogTimestamp protowire.Number = 3
	fieldMessage      protowire.Number = 4
	fieldFields       protowire.Number = 5

	fieldText protowire.Number = 2
)

// logBytes is a little more than an encoded entry has.
const logBytes = 256

// Frame returns the next count entries as a message of sluice.logagg.v1 with
// this sequence, and tells seen of each of them.
func (l *Logs) Frame(sequence int64, count int, seen func(*LogEntry)) []byte {
	frame := make([]byte, 0, count*logBytes)
	frame = protowire.AppendTag(frame, fieldSequence, protowire.VarintType)
	frame = protowire.AppendVarint(frame, uint64(sequence))
	scratch := make([]byte, 0, logBytes)
	for range count {
		entry := l.Next()
		seen(&entry)
		scratch = entry.append(scratch[:0])
		frame = protowire.AppendTag(frame, fieldPoints, protowire.BytesType)
		frame = protowire.AppendBytes(frame, scratch)
	}
	return frame
}

func (e *LogEntry) append(b []byte) []byte {
	b = appendText(b, fieldApplication, e.Application)
	b = appendText(b, fieldLevel, e.Level)
	b = protowire.AppendTag(b, fieldLogTimestamp, protowire.VarintType)
	b = protowire.AppendVarint(b, uint64(e.Timestamp))
	b = appendText(b, fieldMessage, e.Message)
	b = appendField(b, "host", e.Host)
	return appendField(b, "request_id", e.RequestID)
}

func appendField(b []byte, name, value string) []byte {
	b = protowire.AppendTag(b, fieldFields, protowire.BytesType)
	size := protowire.SizeTag(fieldKey) + protowire.SizeBytes(len(name)) + protowire.SizeTag(fieldText) + protowire.SizeBytes(len(value))
	b = protowire.AppendVarint(b, uint64(size))
	return appendText(appendText(b, fieldKey, name), fieldText, value)
}

func appendText(b []byte, field protowire.Number, text string) []byte {
	return protowire.AppendString(protowire.AppendTag(b, field, protowire.BytesType), text)
}
