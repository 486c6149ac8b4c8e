package tests

import (
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"pgregory.net/rapid"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
)

// The exported methods of the model are its actions; rapid finds them by their
// type.

func (m *logModel) draw(r *rapid.T) *logModelProducer {
	return rapid.SampledFrom(m.producers).Draw(r, "producer")
}

// drawOpen draws a producer with an open stream.
func (m *logModel) drawOpen(r *rapid.T) *logModelProducer {
	p := m.draw(r)
	if p.stream == nil {
		r.Skip("no stream is open")
	}
	return p
}

// SendFrames sends frames and does not wait for them.
func (m *logModel) SendFrames(r *rapid.T) {
	p := m.draw(r)
	p.opened(r)
	for range rapid.IntRange(1, 5).Draw(r, "frames") {
		p.send(r, m.drawEntries(r, p.id))
	}
}

// SendMore is SendFrames, so that it is drawn more often.
func (m *logModel) SendMore(r *rapid.T) { m.SendFrames(r) }

// SendRepeats sends sequences again that were taken, with any entries.
func (m *logModel) SendRepeats(r *rapid.T) {
	p := m.drawOpen(r)
	if p.sent == 0 {
		r.Skip("nothing was sent")
	}
	entries := m.drawEntries(r, p.id)
	sequence := rapid.Int64Range(1, p.sent).Draw(r, "sequence")
	require.NoError(r, p.stream.send(logFrame(sequence, logEntries(entries)...)))
	p.told.duplicates += int64(len(entries))
}

// SendGap leaves a sequence out, which ends the stream.
func (m *logModel) SendGap(r *rapid.T) {
	p := m.draw(r)
	p.opened(r)
	sequence := p.sent + rapid.Int64Range(2, 5).Draw(r, "gap")
	require.NoError(r, p.stream.send(logFrame(sequence, logEntries(m.drawEntries(r, p.id))...)))
	reason := "SEQUENCE_GAP"
	if p.sent == 0 {
		reason = "PRODUCER_EXPIRED"
	}
	p.requireEnded(r, codes.FailedPrecondition, reason)
	require.Equal(r, p.sent, p.durable, "all before the gap is taken")
}

// Pause waits until everything that was sent is durable.
func (m *logModel) Pause(r *rapid.T) { m.drawOpen(r).settle(r) }

// HalfClose ends a stream and compares its receipt.
func (m *logModel) HalfClose(r *rapid.T) {
	p := m.draw(r)
	p.opened(r)
	p.finish(r)
}

// HalfCloseUnheard ends a stream and does not wait for its receipt.
func (m *logModel) HalfCloseUnheard(r *rapid.T) {
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
func (m *logModel) Cut(r *rapid.T) {
	p := m.drawOpen(r)
	p.proxy.Cut()
	require.Error(r, p.stream.ended())
	p.stream = nil
}

// CutInMidFrame resets the connection while frames are on their way.
func (m *logModel) CutInMidFrame(r *rapid.T) {
	p := m.drawOpen(r)
	p.proxy.CutAfter(rapid.Int64Range(1, 400).Draw(r, "bytes"))
	var failed error
	for range rapid.IntRange(1, 6).Draw(r, "frames") {
		frame := p.note(m.drawEntries(r, p.id))
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
func (m *logModel) Cancel(r *rapid.T) { m.drawOpen(r).abandon() }

// TakeOver opens a second stream of the same producer, which fences the first.
func (m *logModel) TakeOver(r *rapid.T) {
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
func (m *logModel) NewerEpoch(r *rapid.T) {
	p := m.draw(r)
	p.abandon()
	p.known = false
	p.epoch++
	p.open(r)
}

// OlderEpoch is refused, and does not disturb who has the producer.
func (m *logModel) OlderEpoch(r *rapid.T) {
	p := m.draw(r)
	if p.epoch == 0 || !p.known {
		r.Skip("there is no older epoch")
	}
	epoch := rapid.Int64Range(0, p.epoch-1).Draw(r, "epoch")
	_, err := p.peer.deliver(m.ctx, logProducer(p.id, epoch), logFrame(p.sent+1, m.drawEntry(r, p.id).logEntry))
	requireRefusedBy(r, err, codes.Aborted, "FENCED")
}

// Kill9 kills the server and starts it again.
func (m *logModel) Kill9(*rapid.T) {
	m.server.Kill9()
	for _, p := range m.producers {
		p.abandon()
		p.received = p.durable
	}
	m.server.Restart()
}

// Terminate drains the server and starts it again.
func (m *logModel) Terminate(r *rapid.T) {
	require.NoError(r, m.server.Terminate(awaitTime))
	for _, p := range m.producers {
		if p.stream != nil {
			p.requireEnded(r, codes.Unavailable, "DRAINING")
		}
	}
	m.server.Restart()
}

// SendUnnamed sends frames on a stream without a producer.
func (m *logModel) SendUnnamed(r *rapid.T) {
	told := newLogTally()
	stream, err := m.server.open(m.ctx)
	require.NoError(r, err)
	frames := rapid.Int64Range(1, 3).Draw(r, "frames")
	for sequence := int64(1); sequence <= frames; sequence++ {
		entries := append(m.drawEntries(r, "unnamed"), m.drawEntry(r, "unnamed"))
		require.NoError(r, stream.send(logFrame(0, logEntries(entries)...)))
		told.take(sequence, entries)
		m.log = append(m.log, logModelEntry{entries: entries})
	}
	receipt, err := stream.finish()
	require.NoError(r, err)
	told.requireReceipt(r, receipt)
	require.NotEmpty(r, receipt.GetProducerId())
	// So that what comes next finds nothing of it in flight.
	m.server.requireSearched(m.ctx, r, nil, ofApplication("nobody"), waitFor(receipt.GetProducerId(), frames))
}

// Delete deletes some entries. All of them are acknowledged before, so that
// their number is known; some are still in the journal alone.
func (m *logModel) Delete(r *rapid.T) {
	m.settleAll(r)
	f := m.drawFilter(r)
	_, count := m.contents().remove(f)
	deleted, err := m.server.logs.DeleteLogs(m.ctx, &logaggv1.DeleteLogsRequest{Filter: f})
	require.NoError(r, err)
	require.Equal(r, count, deleted.GetDeletedCount(), "%v", f)
	m.log = append(m.log, logModelEntry{deletion: f})
}

// Search compares a producer's own entries as soon as they are acknowledged.
func (m *logModel) Search(r *rapid.T) {
	p := m.draw(r)
	p.settle(r)
	if p.sent == 0 {
		r.Skip("nothing was sent")
	}
	f := ofApplication(p.id)
	m.server.requireSearched(m.ctx, r, m.contents(), f, waitFor(p.id, p.sent))
	m.server.requireLogStatistics(m.ctx, r, m.contents(), f, logGrouping{level: true, category: true, fields: []string{"trace"}})
}

// SearchAll compares everything, and some of it.
func (m *logModel) SearchAll(r *rapid.T) {
	m.settleAll(r)
	m.requireContents(r)
	f := m.drawFilter(r)
	m.server.requireSearched(m.ctx, r, m.contents(), f, nil)
	m.server.requireLogStatistics(m.ctx, r, m.contents(), f, logGrouping{application: true, bucket: 3 * time.Second})
}

// Flush brings everything that is acknowledged into the store.
func (m *logModel) Flush(r *rapid.T) {
	m.settleAll(r)
	_, err := m.server.logs.FlushLogs(m.ctx, &logaggv1.FlushLogsRequest{})
	require.NoError(r, err)
	m.server.requireSearched(m.ctx, r, m.contents(), nil, nil)
}
