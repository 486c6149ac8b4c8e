package tests

import (
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
)

// The exported methods of the model are its actions; rapid finds them by their
// type.

func (m *model) draw(r *rapid.T) *modelProducer {
	return rapid.SampledFrom(m.producers).Draw(r, "producer")
}

// drawOpen draws a producer with an open stream.
func (m *model) drawOpen(r *rapid.T) *modelProducer {
	p := m.draw(r)
	if p.stream == nil {
		r.Skip("no stream is open")
	}
	return p
}

// SendFrames sends frames and does not wait for them.
func (m *model) SendFrames(r *rapid.T) {
	p := m.draw(r)
	p.opened(r)
	for range rapid.IntRange(1, 5).Draw(r, "frames") {
		p.send(r, m.drawPoints(r, p.source))
	}
}

// SendMore is SendFrames, so that it is drawn more often.
func (m *model) SendMore(r *rapid.T) { m.SendFrames(r) }

// SendRepeats sends sequences again that were taken, with any points.
func (m *model) SendRepeats(r *rapid.T) {
	p := m.drawOpen(r)
	if p.sent == 0 {
		r.Skip("nothing was sent")
	}
	points := m.drawPoints(r, p.source)
	sequence := rapid.Int64Range(1, p.sent).Draw(r, "sequence")
	require.NoError(r, p.stream.send(numberedFrame(sequence, dataPoints(points)...)))
	p.told.duplicates += int64(len(points))
}

// SendGap leaves a sequence out, which ends the stream.
func (m *model) SendGap(r *rapid.T) {
	p := m.draw(r)
	p.opened(r)
	sequence := p.sent + rapid.Int64Range(2, 5).Draw(r, "gap")
	require.NoError(r, p.stream.send(numberedFrame(sequence, dataPoints(m.drawPoints(r, p.source))...)))
	reason := "SEQUENCE_GAP"
	if p.sent == 0 {
		reason = "PRODUCER_EXPIRED"
	}
	p.requireEnded(r, codes.FailedPrecondition, reason)
	require.Equal(r, p.sent, p.durable, "all before the gap is taken")
}

// Pause waits until everything that was sent is durable.
func (m *model) Pause(r *rapid.T) { m.drawOpen(r).settle(r) }

// HalfClose ends a stream and compares its receipt.
func (m *model) HalfClose(r *rapid.T) {
	p := m.draw(r)
	p.opened(r)
	p.finish(r)
}

// HalfCloseUnheard ends a stream and does not wait for its receipt.
func (m *model) HalfCloseUnheard(r *rapid.T) {
	p := m.drawOpen(r)
	require.NoError(r, p.stream.stream.CloseSend())
	if p.fresh {
		p.unanswered, p.unansweredAt = p.told, p.sent
	}
	if rapid.Bool().Draw(r, "killed") {
		m.Kill9(r)
		return
	}
	p.abandon()
}

// Cut resets the connection.
func (m *model) Cut(r *rapid.T) {
	p := m.drawOpen(r)
	p.proxy.Cut()
	require.Error(r, p.stream.ended())
	p.stream = nil
}

// CutInMidFrame resets the connection while frames are on their way.
func (m *model) CutInMidFrame(r *rapid.T) {
	p := m.drawOpen(r)
	p.proxy.CutAfter(rapid.Int64Range(1, 400).Draw(r, "bytes"))
	var failed error
	for range rapid.IntRange(1, 6).Draw(r, "frames") {
		frame := p.note(m.drawPoints(r, p.source))
		if failed == nil {
			failed = p.stream.send(frame)
		}
	}
	p.proxy.CutAfter(-1)
	p.proxy.Cut()
	require.Error(r, p.stream.ended())
	p.stream = nil
}

// Cancel cancels the call.
func (m *model) Cancel(r *rapid.T) { m.drawOpen(r).abandon() }

// TakeOver opens a second stream of the same producer, which fences the first.
func (m *model) TakeOver(r *rapid.T) {
	p := m.drawOpen(r)
	if rapid.Bool().Draw(r, "newer epoch") {
		p.known = false
		p.epoch += rapid.Int64Range(1, 3).Draw(r, "epochs")
	}
	first := p.stream
	p.open(r)
	requireRefusedBy(r, first.ended(), codes.Aborted, "FENCED")
}

// NewerEpoch opens a stream of a newer epoch after whatever was before.
func (m *model) NewerEpoch(r *rapid.T) {
	p := m.draw(r)
	p.abandon()
	p.known = false
	p.epoch++
	p.open(r)
}

// OlderEpoch is refused, and does not disturb who has the producer.
func (m *model) OlderEpoch(r *rapid.T) {
	p := m.draw(r)
	if p.epoch == 0 || !p.known {
		r.Skip("there is no older epoch")
	}
	epoch := rapid.Int64Range(0, p.epoch-1).Draw(r, "epoch")
	_, err := p.peer.deliver(m.ctx, producer(p.id, epoch), numberedFrame(p.sent+1, drawPoint(r, p.source)))
	requireRefusedBy(r, err, codes.Aborted, "FENCED")
}

// Kill9 kills the server and starts it again.
func (m *model) Kill9(*rapid.T) {
	m.server.Kill9()
	for _, p := range m.producers {
		p.abandon()
		p.received = p.durable
	}
	m.server.Restart()
}

// Terminate drains the server and starts it again.
func (m *model) Terminate(r *rapid.T) {
	require.NoError(r, m.server.Terminate(awaitTime))
	for _, p := range m.producers {
		if p.stream != nil {
			p.requireEnded(r, codes.Unavailable, "DRAINING")
		}
	}
	m.server.Restart()
}

// SendUnnamed sends frames on a stream without a producer.
func (m *model) SendUnnamed(r *rapid.T) {
	m.unnamed++
	told := newTally()
	stream, err := m.server.open(m.ctx)
	require.NoError(r, err)
	frames := rapid.Int64Range(1, 3).Draw(r, "frames")
	for sequence := int64(1); sequence <= frames; sequence++ {
		points := append(m.drawPoints(r, "source-unnamed"), sentPoint{DataPoint: drawPoint(r, "source-unnamed")})
		require.NoError(r, stream.send(numberedFrame(0, dataPoints(points)...)))
		told.take(sequence, points)
		m.log = append(m.log, modelEntry{points: points})
	}
	receipt, err := stream.finish()
	require.NoError(r, err)
	told.requireReceipt(r, receipt)
	require.NotEmpty(r, receipt.GetProducerId())
	// So that what comes next finds nothing of it in flight.
	m.server.requireQueried(m.ctx, r, stored{}, ofSource("nobody"), waitFor(receipt.GetProducerId(), frames))
}

// OverwriteEachOther has all producers write the same series, one after the
// other.
func (m *model) OverwriteEachOther(r *rapid.T) {
	m.settleAll(r)
	for _, p := range m.producers {
		p.opened(r)
		p.send(r, m.drawPoints(r, "source-shared"))
		if rapid.Bool().Draw(r, "wait for durability") {
			p.settle(r)
		}
		p.awaitReceived(r)
	}
}

// Delete deletes some samples. All of them are applied before, so that their
// number is known.
func (m *model) Delete(r *rapid.T) {
	m.settleAll(r)
	x := m.drawSelection(r)
	want := m.contents().selected(x).count()
	deleted, err := m.server.points.DeleteDataPoints(m.ctx, &collectorv1.DeleteDataPointsRequest{
		Matchers: x.matchers, StartTime: x.start, EndTime: x.end,
	})
	require.NoError(r, err)
	require.Equal(r, want, deleted.GetDeletedCount())
	m.log = append(m.log, modelEntry{deletion: &x})
}

// Query compares a producer's own series as soon as it has been acknowledged.
func (m *model) Query(r *rapid.T) {
	p := m.draw(r)
	p.settle(r)
	if p.sent == 0 {
		r.Skip("nothing was sent")
	}
	x := ofSource(p.source)
	m.server.requireQueried(m.ctx, r, m.contents(), x, waitFor(p.id, p.sent))
	m.server.requireStatistics(m.ctx, r, m.contents(), x, grouping{metric: true, tags: []string{"room"}})
}

// QueryAll compares everything, and some of it.
func (m *model) QueryAll(r *rapid.T) {
	m.settleAll(r)
	m.requireContents(r)
	x := m.drawSelection(r)
	m.server.requireQueried(m.ctx, r, m.contents(), x, nil)
	m.server.requireBuckets(m.ctx, r, m.contents(), x, 3*time.Second)
}
