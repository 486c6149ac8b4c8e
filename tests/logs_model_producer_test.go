package tests

import (
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// logModelProducer is a producer and what the server should know of it.
type logModelProducer struct {
	model *logModel
	id    string
	// peer goes through the proxy.
	proxy *testkit.Proxy
	peer  logsPeer

	// known tells that the server has greeted the producer, in this epoch.
	known bool
	epoch int64
	// sent is the last frame sent, received the last one that the server has as
	// long as it is not killed, and durable the last one acknowledged.
	sent, received, durable int64

	// stream is nil while none is open. told is what it has brought; fresh tells
	// whether that is more than repeats.
	stream *logStream
	told   *logTally
	fresh  bool

	// receipt is that of the last complete stream, which ended with frame
	// receiptOf.
	receipt   *logsReceipt
	receiptOf int64
	// unanswered is what a stream brought that was complete but whose receipt did
	// not come, and which ended with frame unansweredAt.
	unanswered   *logTally
	unansweredAt int64
}

// open opens a stream of the producer. The server tells which frames it has: at
// least those that it must not lose, and none that were not sent.
func (p *logModelProducer) open(r *rapid.T) {
	stream, hello := p.peer.mustOpen(p.model.ctx, r, logProducer(p.id, p.epoch))
	received, durable := hello.GetPosition().GetReceived(), hello.GetPosition().GetDurable()
	require.Equal(r, received+1, hello.GetNext())
	require.GreaterOrEqual(r, received, p.received, p.id)
	require.LessOrEqual(r, received, p.sent, p.id)
	require.GreaterOrEqual(r, durable, p.durable, p.id)
	require.LessOrEqual(r, durable, received, p.id)
	p.model.forget(p, received)
	p.sent, p.received, p.durable = received, received, durable
	p.stream, p.told, p.fresh, p.known = stream, newLogTally(), false, true
}

// opened opens a stream unless one is open.
func (p *logModelProducer) opened(r *rapid.T) {
	if p.stream == nil {
		p.open(r)
	}
}

// abandon lets go of the stream, whatever is on its way.
func (p *logModelProducer) abandon() {
	if p.stream != nil {
		p.stream.cancel()
		p.stream = nil
	}
}

// note takes the next frame into the model and returns it.
func (p *logModelProducer) note(entries []sentEntry) *logsRequest {
	p.sent++
	p.told.take(p.sent, entries)
	p.fresh = true
	p.model.log = append(p.model.log, logModelEntry{producer: p, epoch: p.epoch, sequence: p.sent, entries: entries})
	return logFrame(p.sent, logEntries(entries)...)
}

// send sends the next frame.
func (p *logModelProducer) send(r *rapid.T, entries []sentEntry) {
	require.NoError(r, p.stream.send(p.note(entries)))
}

// settle waits until everything that was sent is durable or known to be lost.
func (p *logModelProducer) settle(r *rapid.T) {
	if p.stream == nil && p.sent > p.durable {
		p.open(r)
	}
	if p.sent > p.durable {
		p.model.server.awaitDurable(p.model.ctx, r, p.id, p.sent)
	}
	p.received, p.durable = p.sent, p.sent
}

// requireEnded wants the server to have ended the stream with everything
// received made durable.
func (p *logModelProducer) requireEnded(r *rapid.T, code codes.Code, reason string) {
	refused := requireRefusedBy(r, p.stream.ended(), code, reason)
	p.stream = nil
	position := refused.cut.GetPosition()
	require.Equal(r, p.id, refused.cut.GetWorkId())
	require.Equal(r, position.GetReceived(), position.GetDurable(), p.id)
	require.GreaterOrEqual(r, position.GetReceived(), p.received, p.id)
	require.LessOrEqual(r, position.GetReceived(), p.sent, p.id)
	p.received, p.durable = position.GetReceived(), position.GetDurable()
}

// finish ends the stream and compares the receipt.
func (p *logModelProducer) finish(r *rapid.T) {
	stream := p.stream
	p.stream = nil
	got, err := stream.finish()
	require.NoError(r, err, p.id)
	p.received, p.durable = p.sent, p.sent
	require.Equal(r, p.id, got.GetProducerId())
	if asks := !p.fresh && p.told.duplicates == 0; asks && p.isKnown(r, got) {
		return
	}
	p.requireReceipt(r, p.told, got)
	if p.fresh {
		p.receipt, p.receiptOf, p.unanswered = got, p.sent, nil
	}
}

// isKnown tells whether the answer to a stream that brought nothing is that of
// the last complete stream of the epoch.
func (p *logModelProducer) isKnown(r *rapid.T, got *logsReceipt) bool {
	if p.receipt != nil && p.receiptOf == p.sent && p.receipt.GetEpochTotals().GetEpoch() == p.epoch {
		require.True(r, proto.Equal(p.receipt, got), "want the receipt %v, got %v", p.receipt, got)
		return true
	}
	kept := got.GetTotalReceived() > 0 || got.GetEpochTotals().GetEpoch() != p.epoch
	if p.unanswered == nil || p.unansweredAt != p.sent || !kept {
		return false
	}
	p.unanswered.requireReceipt(r, got)
	p.receipt, p.receiptOf, p.unanswered = got, p.sent, nil
	return true
}

func (p *logModelProducer) requireReceipt(r *rapid.T, told *logTally, got *logsReceipt) {
	told.requireReceipt(r, got)
	require.Equal(r, p.sent, got.GetPosition().GetReceived())
	require.Equal(r, p.sent, got.GetPosition().GetDurable())
	requireTotals(r, p.model.totals(p), got.GetEpochTotals())
}
