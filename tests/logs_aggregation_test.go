package tests

import (
	"context"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/protobuf/proto"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestLogAggregation runs everything against a server without and one with TLS.
func TestLogAggregation(t *testing.T) {
	servers := map[string]*aggregation{"without_TLS": startAggregation(t), "with_TLS": startAggregationTLS(t)}
	each := func(test func(*testing.T, *aggregation)) func(*testing.T) {
		return func(t *testing.T) {
			for _, name := range []string{"without_TLS", "with_TLS"} {
				t.Run(name, func(t *testing.T) { test(t, servers[name]) })
			}
		}
	}
	t.Run("Log_collection", each(testLogCollection))
	t.Run("Filtering_and_indexing", each(testFilteringAndIndexing))
}

// aggregation is a server with testRules.
type aggregation struct {
	*logServer

	traces traces
	// options are those of the SDK.
	options []client.Option
}

func startAggregation(t *testing.T) *aggregation {
	t.Helper()
	a := &aggregation{logServer: startLogs(t, "--rules-file", writeRules(t, testRules))}
	a.traces = a.askTraces(bounded(t), t)
	return a
}

func startAggregationTLS(t *testing.T) *aggregation {
	t.Helper()
	certs := testkit.Cert(t)
	a := &aggregation{logServer: launchLogs(t, t.TempDir(),
		"--rules-file", writeRules(t, testRules), "--tls-cert-file", certs.CertFile, "--tls-key-file", certs.KeyFile)}
	config := &tls.Config{RootCAs: certs.Pool, MinVersion: tls.VersionTLS13}
	a.logsPeer = dialLogs(t, a.Addr, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	a.options = []client.Option{client.WithTLS(config.Clone())}
	a.traces = a.askTraces(bounded(t), t)
	return a
}

func testLogCollection(t *testing.T, a *aggregation) {
	t.Helper()
	t.Run("frame_by_frame", func(t *testing.T) { testLogsFrameByFrame(t, a) })
	t.Run("with_the_SDK", func(t *testing.T) { testLogsWithSDK(t, a) })
	t.Run("repeats_are_counted", func(t *testing.T) { testLogRepeats(t, a) })
	t.Run("live", func(t *testing.T) { testLogsLive(t, a) })
}

// The batch: entries in frames, of which some are rejected.
const (
	logBatch      = 3_000
	logBatchFrame = 100
	logBatchEvery = 20 // one of so many entries has a fault
)

// makeLogs makes the entries of a batch, of applications that begin with a
// prefix, and what should be indexed of them. Some have the same timestamp, and
// they are in no order.
func (a *aggregation) makeLogs(prefix string, seed uint64) (entries []sentEntry, want indexedLogs) {
	random := rand.New(rand.NewPCG(seed, 0))
	spoilers := logFaults()
	for i := range logBatch {
		timestamp := logStart + random.Int64N(logBatch/2)*int64(time.Second)
		e := a.traces.sendable(i%entryKinds, fmt.Sprintf("%s-%d", prefix, i%7), fmt.Sprintf("%s-%d", prefix, i), timestamp)
		if i%logBatchEvery == logBatchEvery-1 {
			e = spoiled(e, &spoilers[i/logBatchEvery%len(spoilers)])
		}
		entries = append(entries, e)
	}
	want = want.with(entries...)
	return entries, want
}

func testLogsFrameByFrame(t *testing.T, a *aggregation) {
	t.Helper()
	ctx := bounded(t)
	id := uuid.NewString()
	entries, want := a.makeLogs("raw", 1)
	stream, hello := a.mustOpen(ctx, t, logProducer(id, 7))
	require.Equal(t, id, hello.GetWorkId())
	require.Equal(t, int64(1), hello.GetNext())
	require.Equal(t, int32(10_000), hello.GetMaxFrameItems())
	told := newLogTally()
	for i := 0; i < len(entries); i += logBatchFrame {
		sequence, frame := int64(i/logBatchFrame+1), entries[i:i+logBatchFrame]
		require.NoError(t, stream.send(logFrame(sequence, logEntries(frame)...)))
		told.take(sequence, frame)
	}
	receipt, err := stream.finish()
	require.NoError(t, err)

	const frames = logBatch / logBatchFrame
	told.requireReceipt(t, receipt)
	require.Equal(t, id, receipt.GetProducerId())
	require.Equal(t, int64(frames), receipt.GetPosition().GetDurable())
	requireTotals(t, told.totals(7), receipt.GetEpochTotals())
	again, err := a.deliver(ctx, logProducer(id, 7))
	require.NoError(t, err)
	require.True(t, proto.Equal(receipt, again), "the receipt comes again: %v", again)
	a.requirePosition(ctx, t, id, frames)
	a.requireIndexed(ctx, t, "raw", want, waitFor(id, frames))
	require.Equal(t, int64(frames), a.mustPosition(ctx, t, id).GetApplied())
}

func testLogsWithSDK(t *testing.T, a *aggregation) {
	t.Helper()
	ctx := bounded(t)
	id := uuid.NewString()
	entries, want := a.makeLogs("sdk", 2)
	told := newLogTally()
	for i := 0; i < len(entries); i += logBatchFrame {
		told.take(int64(i/logBatchFrame+1), entries[i:i+logBatchFrame])
	}
	result, err := a.sdk(t, a.options...).SendLogs(ctx, sdkEntries(logEntries(entries)),
		client.WithProducer(id, 0), client.WithBatchSize(logBatchFrame))
	require.NoError(t, err)
	rejected, counts := logErrorCounts(told.rejected)
	require.Equal(t, int64(logBatch), result.Received)
	require.Equal(t, told.indexed, result.Indexed)
	require.Equal(t, told.filtered, result.Filtered)
	require.Equal(t, rejected, result.Rejected)
	require.Equal(t, told.redacted, result.Redacted)
	require.Zero(t, result.Duplicates)
	require.Equal(t, client.LogsPartial, result.Status)
	require.Len(t, result.ErrorCounts, len(counts))
	require.Len(t, result.Errors, min(len(told.listed), maxListedErrors))
	for i, one := range result.Errors {
		require.Equal(t, int64(logBatchEvery*(i+1)-1), one.Entry, "the first rejected entries, in their order")
		require.Equal(t, told.listed[i].GetField(), one.Field)
	}
	require.Equal(t, result.Frames, result.Position.Durable)
	a.requireIndexed(ctx, t, "sdk", want, waitFor(id, result.Frames))
}

// sdkEntries has all entries as those of the SDK, and is closed.
func sdkEntries(entries []*logEntry) <-chan *client.LogEntry {
	c := make(chan *client.LogEntry, len(entries))
	for _, e := range entries {
		c <- sdkEntry(e)
	}
	close(c)
	return c
}

func sdkEntry(e *logEntry) *client.LogEntry {
	entry := &client.LogEntry{Application: e.GetApplication(), Level: e.GetLevel(), Message: e.GetMessage(), Fields: e.GetFields()}
	if e.GetTimestamp() != 0 {
		entry.Time = time.Unix(0, e.GetTimestamp())
	}
	return entry
}

func testLogRepeats(t *testing.T, a *aggregation) {
	t.Helper()
	ctx := bounded(t)
	id := uuid.NewString()
	var frames [][]sentEntry
	var want indexedLogs
	for i := range 4 {
		var frame []sentEntry
		for k := range entryKinds {
			frame = append(frame, a.traces.sendable(k, "repeat", fmt.Sprintf("repeat-%d-%d", i, k), logStart+int64(i*entryKinds+k)))
		}
		want = want.with(frame...)
		frames = append(frames, frame)
	}
	all := newLogTally()
	for _, streamed := range []struct{ from, to int }{{0, 2}, {0, 3}, {1, 2}, {2, 4}} {
		told := newLogTally()
		messages := []*logsRequest{logProducer(id, 0)}
		for i := streamed.from; i < streamed.to; i++ {
			sequence := int64(i + 1)
			messages = append(messages, logFrame(sequence, logEntries(frames[i])...))
			if sequence <= a.received(ctx, t, id) {
				told.duplicates += entryKinds
				continue
			}
			told.take(sequence, frames[i])
			all.take(sequence, frames[i])
		}
		receipt, err := a.deliver(ctx, messages...)
		require.NoError(t, err)
		told.requireReceipt(t, receipt)
		requireTotals(t, all.totals(0), receipt.GetEpochTotals())
	}
	a.requireSearched(ctx, t, want, ofApplication("repeat"), waitFor(id, 4))
}

// received is how many frames the server has of a producer.
func (p logsPeer) received(ctx context.Context, t *testing.T, id string) int64 {
	t.Helper()
	position, err := p.positionOf(ctx, id)
	if refusalOf(err).reason == "PRODUCER_NOT_FOUND" {
		return 0
	}
	require.NoError(t, err)
	return position.GetPosition().GetReceived()
}

// testLogsLive sends frame by frame, each of which is durable, tailed and found
// before the next.
func testLogsLive(t *testing.T, a *aggregation) {
	t.Helper()
	ctx := bounded(t)
	const frames = 30
	id := uuid.NewString()
	tail := a.tail(ctx, t, ofApplication("live"))
	defer tail.cancel()
	stream, _ := a.mustOpen(ctx, t, logProducer(id, 0))
	watch, err := a.watchPosition(ctx, id)
	require.NoError(t, err)
	var want indexedLogs
	told := newLogTally()
	for sequence := int64(1); sequence <= frames; sequence++ {
		e := a.traces.sendable(int(sequence)%entryKinds, "live", fmt.Sprintf("live-%d", sequence), logStart+sequence*int64(time.Millisecond))
		require.NoError(t, stream.send(logFrame(sequence, e.logEntry)))
		require.NoError(t, within(realTime, func() error { return watch.durable(sequence) }))
		told.take(sequence, []sentEntry{e})
		want = want.with(e)
		if e.want != nil {
			var got []*logRecord
			require.NoError(t, within(realTime, func() (err error) {
				got, _, err = tail.take(1)
				return err
			}))
			requireLogsInOrder(t, want[len(want)-1:], got)
			require.Positive(t, got[0].GetEntryId())
		}
		if sequence%3 == 0 {
			a.requireSearched(ctx, t, want, ofApplication("live"), waitFor(id, sequence))
		}
	}
	receipt, err := stream.finish()
	require.NoError(t, err)
	told.requireReceipt(t, receipt)
}
