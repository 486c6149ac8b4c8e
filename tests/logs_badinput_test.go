package tests

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// TestEachFaultOfAnEntryHasItsReason sends an entry with each fault, beside good
// ones, to a server that finds them all.
func TestEachFaultOfAnEntryHasItsReason(t *testing.T) {
	s := startLogs(t, "--retention", "24h", "--max-message-bytes", "2MiB")
	ctx := bounded(t)
	known := append(logFaults(), logFault{
		"old", setLogTime(time.Now().Add(-25 * time.Hour).UnixNano()),
		logaggv1.LogErrorReason_LOG_ERROR_REASON_TIMESTAMP_TOO_OLD, "timestamp",
	})
	entries := []sentEntry{plainLog("faulty", 0)}
	// The tests of tenancy have grants.
	seen := map[logReason]bool{logaggv1.LogErrorReason_LOG_ERROR_REASON_PERMISSION_DENIED: true}
	for i := range known {
		entries = append(entries, spoiled(plainLog("faulty", int64(2*i+1)), &known[i]), plainLog("faulty", int64(2*i+2)))
		seen[known[i].reason] = true
	}
	for reason := range logaggv1.LogErrorReason_name {
		require.True(t, reason == 0 || seen[logReason(reason)], "no entry has the fault %v", logReason(reason))
	}
	told := newLogTally()
	told.take(1, entries)
	receipt, err := s.deliver(ctx, logProducer("faults", 0), logFrame(1, logEntries(entries)...))
	require.NoError(t, err)
	told.requireReceipt(t, receipt)
	var want indexedLogs
	want = want.with(entries...)
	s.requireSearched(ctx, t, want, nil, waitFor("faults", 1))

	told = newLogTally()
	bad := []sentEntry{spoiled(plainLog("faulty", 0), &known[0])}
	told.take(2, bad)
	receipt, err = s.deliver(ctx, logProducer("faults", 0), logFrame(2, logEntries(bad)...))
	require.NoError(t, err)
	told.requireReceipt(t, receipt)
	require.Equal(t, logaggv1.CollectionStatus_COLLECTION_STATUS_REJECTED, receipt.GetStatus())
}

// TestEntriesJustWithinTheLimitsAreTaken sends the largest of everything.
func TestEntriesJustWithinTheLimitsAreTaken(t *testing.T) {
	s := startLogs(t)
	ctx := bounded(t)
	long := func(length int) string { return fmt.Sprintf("%0*d", length, 0) }
	largest := []*logEntry{
		{Application: long(255), Timestamp: time.Now().Add(9 * time.Minute).UnixNano(), Level: strings.Repeat("l", 32), Message: long(256 << 10)},
		{Application: "0_.:/@-", Timestamp: 100_000_000_000_000_000, Level: "debug", Fields: map[string]string{}},
		{Application: "a", Timestamp: logStart, Level: "fatal", Message: "\x00\n\t\u2028 größer 🎉 ' \" \\ % _"},
	}
	for i := range 128 {
		largest[1].Fields[fmt.Sprintf("%0128d", i)] = ""
	}
	largest[1].Fields[fmt.Sprintf("%0128d", 7)] = long(32 << 10)
	want := indexedLogs{
		{Message: largest[0].GetMessage(), Fields: map[string]string{"level_text": largest[0].GetLevel()}},
		{Level: logaggv1.Level_LEVEL_DEBUG, Fields: largest[1].GetFields()},
		{Level: logaggv1.Level_LEVEL_FATAL, Message: largest[2].GetMessage()},
	}
	for i, r := range want {
		r.Application, r.Timestamp = largest[i].GetApplication(), largest[i].GetTimestamp()
	}
	id := fmt.Sprintf("%0128d", 1)
	receipt, err := s.deliver(ctx, logProducer(id, 1<<62), logFrame(1, largest...))
	require.NoError(t, err)
	require.Equal(t, int64(3), receipt.GetIndexedCount(), "%v", receipt.GetErrors())
	s.requireSearched(ctx, t, want, nil, waitFor(id, 1))
	s.Restart()
	s.requireSearched(ctx, t, want, nil, waitFor(id, 1))
}

// badLogs is a stream that is refused.
type badLogs struct {
	name string
	// bad is the message that is refused, behind two good frames.
	bad    []byte
	code   codes.Code
	reason string
	field  string
}

func TestBadFramesOfLogsAreRefusedAndWhatWasAcceptedStays(t *testing.T) {
	s := startLogs(t, "--max-frame-entries", fmt.Sprint(badFramePoints), "--max-message-bytes", fmt.Sprint(badMessageBytes))
	for _, tt := range append(badLogSequences(t), badLogMessages(t)...) {
		t.Run(tt.name, func(t *testing.T) { testBadLogs(t, s, tt) })
	}
}

// testBadLogs gives the bad message behind good frames, and goes on with the
// producer after the refusal.
func testBadLogs(t *testing.T, s *logServer, tt badLogs) {
	t.Helper()
	const before, next = 2, 3
	ctx := bounded(t)
	id, application := uuid.NewString(), "bad-"+tt.name
	messages := [][]byte{marshalled(t, logProducer(id, 3))}
	for i := int64(1); i <= before; i++ {
		messages = append(messages, marshalled(t, logFrame(i, plainLog(application, i).logEntry)))
	}
	_, err := s.deliverRaw(ctx, append(messages, tt.bad)...)
	r := requireRefused(t, err, tt.code, tt.reason)
	require.Equal(t, tt.field, r.field, "%v", err)
	require.Zero(t, r.retryAfter, "a retry does not help")
	require.Equal(t, id, r.cut.GetWorkId())
	require.Equal(t, int64(before), r.cut.GetPosition().GetReceived())
	require.Equal(t, int64(before), r.cut.GetPosition().GetDurable())
	s.requirePosition(ctx, t, id, before)

	stream, hello := s.mustOpen(ctx, t, logProducer(id, 3))
	require.Equal(t, int64(next), hello.GetNext())
	require.NoError(t, stream.send(logFrame(next, plainLog(application, next).logEntry)))
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(next), receipt.GetEpochTotals().GetIndexedCount())
	var want indexedLogs
	want = want.with(plainLogs(application, 1, next+1)...)
	s.requireSearched(ctx, t, want, ofApplication(application), waitFor(id, next))
}

func marshalled(t *testing.T, message proto.Message) []byte {
	t.Helper()
	data, err := proto.Marshal(message)
	require.NoError(t, err)
	return data
}

func badLogSequences(t *testing.T) []badLogs {
	t.Helper()
	bad := plainLog("bad", 99).logEntry
	frame := func(sequence int64) []byte { return marshalled(t, logFrame(sequence, bad)) }
	head := func(id string, epoch int64) []byte {
		return marshalled(t, &logsRequest{ProducerId: id, Epoch: epoch, Sequence: 3, Entries: []*logEntry{bad}})
	}
	var many []*logEntry
	for range badFramePoints + 1 {
		many = append(many, &logEntry{Application: "a", Message: "x", Timestamp: logStart})
	}
	return []badLogs{
		{"gap", frame(4), codes.FailedPrecondition, "SEQUENCE_GAP", "sequence"},
		{"wide_gap", frame(1 << 62), codes.FailedPrecondition, "SEQUENCE_GAP", "sequence"},
		{"gap_without_entries", marshalled(t, logFrame(4)), codes.FailedPrecondition, "SEQUENCE_GAP", "sequence"},
		{"negative_sequence", frame(-1), codes.InvalidArgument, "FIELD_INVALID", "sequence"},
		{"entries_without_sequence", frame(0), codes.InvalidArgument, "FIELD_INVALID", "sequence"},
		{"many_entries", marshalled(t, logFrame(3, many...)), codes.InvalidArgument, "FRAME_TOO_LARGE", "entries"},
		{"many_entries_again", marshalled(t, logFrame(1, many...)), codes.InvalidArgument, "FRAME_TOO_LARGE", "entries"},
		{"other_producer", head("another", 0), codes.InvalidArgument, "HEADER_CHANGED", "producer_id"},
		{"older_epoch_later", head("", 2), codes.InvalidArgument, "HEADER_CHANGED", "epoch"},
		{"newer_epoch_later", head("", 4), codes.InvalidArgument, "HEADER_CHANGED", "epoch"},
	}
}

func badLogMessages(t *testing.T) []badLogs {
	t.Helper()
	good := marshalled(t, logFrame(3, plainLog("bad", 99).logEntry))
	padding := protowire.AppendBytes(protowire.AppendTag(nil, 15, protowire.BytesType), make([]byte, badMessageBytes*2+100))
	notUTF8 := func(spoil func(*logEntry)) []byte {
		e := plainLog("bad", 99).logEntry
		spoil(e)
		return []byte(strings.ReplaceAll(string(marshalled(t, logFrame(3, e))), "BYTE", "\xff\xfe\xfd\xfc"))
	}
	malformed := func(name string, message []byte) badLogs {
		return badLogs{name, message, codes.InvalidArgument, "MALFORMED_MESSAGE", ""}
	}
	return []badLogs{
		malformed("garbage", []byte("\xff\xff\xff\xff garbage")),
		malformed("truncated", good[:len(good)-1]),
		malformed("field_number_0", []byte{0, 1}),
		malformed("application_not_UTF8", notUTF8(setApplication("BYTE"))),
		malformed("level_not_UTF8", notUTF8(func(e *logEntry) { e.Level = "BYTE" })),
		malformed("message_not_UTF8", notUTF8(func(e *logEntry) { e.Message = "BYTE" })),
		malformed("field_name_not_UTF8", notUTF8(setField("BYTE", "x"))),
		malformed("field_value_not_UTF8", notUTF8(setField("x", "BYTE"))),
		{"large_message", append(good, padding...), codes.ResourceExhausted, "MESSAGE_TOO_LARGE", ""},
	}
}

// TestBadFirstMessagesOfLogsAreRefused sends what names no work, so that nothing
// comes of it.
func TestBadFirstMessagesOfLogsAreRefused(t *testing.T) {
	s := startLogs(t)
	ctx := bounded(t)
	head := func(id string, epoch int64) []byte { return marshalled(t, logProducer(id, epoch)) }
	tests := []struct {
		name   string
		first  []byte
		code   codes.Code
		reason string
		field  string
	}{
		{"no_message", nil, codes.InvalidArgument, "EMPTY_STREAM", ""},
		{"garbage", []byte("\xff\xff\xff\xff garbage"), codes.InvalidArgument, "MALFORMED_MESSAGE", ""},
		{"producer_id_with_space", head("a b", 0), codes.InvalidArgument, "FIELD_INVALID", "producer_id"},
		{"long_producer_id", head(strings.Repeat("p", 129), 0), codes.InvalidArgument, "FIELD_INVALID", "producer_id"},
		{"negative_epoch", head("negative-epoch", -1), codes.InvalidArgument, "FIELD_INVALID", "epoch"},
		{"sequence_without_producer", marshalled(t, logFrame(1, plainLog("a", 1).logEntry)), codes.InvalidArgument, "HEADER_MISSING", "producer_id"},
		{"epoch_without_producer", head("", 1), codes.InvalidArgument, "HEADER_MISSING", "producer_id"},
		{"unknown_producer_goes_on", marshalled(t, &logsRequest{ProducerId: "stranger", Sequence: 2}), codes.FailedPrecondition, "PRODUCER_EXPIRED", "sequence"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var messages [][]byte
			if tt.first != nil {
				messages = append(messages, tt.first)
			}
			_, err := s.deliverRaw(ctx, messages...)
			r := requireRefused(t, err, tt.code, tt.reason)
			require.Equal(t, tt.field, r.field, "%v", err)
		})
	}
	_, err := s.positionOf(ctx, "negative-epoch")
	requireRefused(t, err, codes.NotFound, "PRODUCER_NOT_FOUND")
	s.requireSearched(ctx, t, nil, nil, nil)
}

// TestOlderEpochOfLogsIsFenced and whoever has the producer goes on.
func TestOlderEpochOfLogsIsFenced(t *testing.T) {
	s := startLogs(t)
	ctx := bounded(t)
	older, _ := s.mustOpen(ctx, t, logProducer("fenced", 1), logFrame(1, plainLog("a", 1).logEntry))
	newer, _ := s.mustOpen(ctx, t, logProducer("fenced", 2))
	requireRefused(t, older.ended(), codes.Aborted, "FENCED")
	_, err := s.deliver(ctx, logProducer("fenced", 1), logFrame(2, plainLog("a", 9).logEntry))
	requireRefused(t, err, codes.Aborted, "FENCED")
	require.NoError(t, newer.send(logFrame(2, plainLog("a", 2).logEntry)))
	receipt, err := newer.finish()
	require.NoError(t, err)
	require.Equal(t, int64(1), receipt.GetEpochTotals().GetIndexedCount())
	var want indexedLogs
	want = want.with(plainLogs("a", 1, 3)...)
	s.requireSearched(ctx, t, want, nil, waitFor("fenced", 2))
}

// logCall makes a call to the service.
type logCall func(context.Context, logsPeer) error

func (c logCall) of(p logsPeer) func(context.Context) error {
	return func(ctx context.Context) error { return c(ctx, p) }
}
