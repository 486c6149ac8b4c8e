package tests

import (
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// modelProducer is a producer and what the server should know of it.
type modelProducer struct {
	model      *model
	id, source string
	// peer goes through the proxy.
	proxy *testkit.Proxy
	peer  pointsPeer

	// known tells that the server has greeted the producer, in this epoch.
	known bool
	epoch int64
	// sent is the last frame sent, received the last one that the server has as
	// long as it is not killed, and durable the last one acknowledged.
	sent, received, durable int64

	// stream is nil while none is open. told is what it has brought; fresh tells
	// whether that is more than repeats.
	stream *pointStream
	told   *tally
	fresh  bool

	// receipt is that of the last complete stream, which ended with frame
	// receiptOf.
	receipt   *pointsReceipt
	receiptOf int64
	// unanswered is what a stream brought that was complete but whose receipt did
	// not come, and which ended with frame unansweredAt.
	unanswered   *tally
	unansweredAt int64
}

// open opens a stream of the producer. The server tells which frames it has: at
// least those that it must not lose, and none that were not sent.
func (p *modelProducer) open(r *rapid.T) {
	stream, hello := p.peer.mustOpen(p.model.ctx, r, producer(p.id, p.epoch))
	received, durable := hello.GetPosition().GetReceived(), hello.GetPosition().GetDurable()
	require.Equal(r, received+1, hello.GetNext())
	require.GreaterOrEqual(r, received, p.received, p.id)
	require.LessOrEqual(r, received, p.sent, p.id)
	require.GreaterOrEqual(r, durable, p.durable, p.id)
	require.LessOrEqual(r, durable, received, p.id)
	p.model.forget(p, received)
	p.sent, p.received, p.durable = received, received, durable
	p.stream, p.told, p.fresh, p.known = stream, newTally(), false, true
}

// opened opens a stream unless one is open.
func (p *modelProducer) opened(r *rapid.T) {
	if p.stream == nil {
		p.open(r)
	}
}

// abandon lets go of the stream, whatever is on its way.
func (p *modelProducer) abandon() {
	if p.stream != nil {
		p.stream.cancel()
		p.stream = nil
	}
}

// note takes the next frame into the model and returns it.
func (p *modelProducer) note(points []sentPoint) *pointsRequest {
	p.sent++
	p.told.take(p.sent, points)
	p.fresh = true
	p.model.log = append(p.model.log, modelEntry{producer: p, epoch: p.epoch, sequence: p.sent, points: points})
	return numberedFrame(p.sent, dataPoints(points)...)
}

// send sends the next frame.
func (p *modelProducer) send(r *rapid.T, points []sentPoint) {
	require.NoError(r, p.stream.send(p.note(points)))
}

// settle waits until everything that was sent is durable or known to be lost.
func (p *modelProducer) settle(r *rapid.T) {
	if p.stream == nil && p.sent > p.durable {
		p.open(r)
	}
	if p.sent > p.durable {
		p.model.server.awaitDurable(p.model.ctx, r, p.id, p.sent)
	}
	p.received, p.durable = p.sent, p.sent
}

// awaitReceived waits until the server has taken in everything that was sent.
func (p *modelProducer) awaitReceived(r *rapid.T) {
	deadline := time.Now().Add(awaitTime)
	for p.received < p.sent {
		require.True(r, time.Now().Before(deadline), "%s: frame %d is not received", p.id, p.sent)
		p.received = p.model.server.mustPosition(p.model.ctx, r, p.id).GetPosition().GetReceived()
	}
}

// requireEnded wants the server to have ended the stream with everything
// received made durable.
func (p *modelProducer) requireEnded(r *rapid.T, code codes.Code, reason string) {
	refused := requireRefusedBy(r, p.stream.ended(), code, reason)
	p.stream = nil
	position := refused.cut.GetPosition()
	require.Equal(r, p.id, refused.cut.GetWorkId())
	require.Equal(r, position.GetReceived(), position.GetDurable(), p.id)
	require.GreaterOrEqual(r, position.GetReceived(), p.received, p.id)
	require.LessOrEqual(r, position.GetReceived(), p.sent, p.id)
	p.received, p.durable = position.GetReceived(), position.GetDurable()
}

// requireRefusedBy is requireRefused without what needs a *testing.T.
func requireRefusedBy(t tester, err error, code codes.Code, reason string) refusal {
	t.Helper()
	require.Error(t, err, "want %v %s", code, reason)
	refused := refusalOf(err)
	require.Equal(t, code, refused.code, "%v", err)
	require.Equal(t, reason, refused.reason, "%v", err)
	return refused
}

// finish ends the stream and compares the receipt.
func (p *modelProducer) finish(r *rapid.T) {
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
func (p *modelProducer) isKnown(r *rapid.T, got *pointsReceipt) bool {
	if p.receipt != nil && p.receiptOf == p.sent && p.receipt.GetEpochTotals().GetEpoch() == p.epoch {
		requireEqualReceipts(r, p.receipt, got)
		return true
	}
	kept := got.GetTotalProcessed() > 0 || got.GetEpochTotals().GetEpoch() != p.epoch
	if p.unanswered == nil || p.unansweredAt != p.sent || !kept {
		return false
	}
	p.unanswered.requireReceipt(r, got)
	p.receipt, p.receiptOf, p.unanswered = got, p.sent, nil
	return true
}

func (p *modelProducer) requireReceipt(r *rapid.T, told *tally, got *pointsReceipt) {
	told.requireReceipt(r, got)
	require.Equal(r, p.sent, got.GetPosition().GetReceived())
	require.Equal(r, p.sent, got.GetPosition().GetDurable())
	totals := p.model.totals(p)
	require.True(r, proto.Equal(totals, got.GetEpochTotals()), "%s: want the totals %v, got %v", p.id, totals, got.GetEpochTotals())
}
