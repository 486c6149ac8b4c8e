package tests

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestEachPointIsStoredExactlyOnce lets producers do at random what producers
// do, while they are cut and fenced and the server is killed and restarted, and
// compares the server with a model. For more than the checks of CI there are
// rapid's flags, such as -rapid.checks=500 and -rapid.steps=100.
func TestEachPointIsStoredExactlyOnce(t *testing.T) {
	checks := 40
	if testkit.RaceEnabled {
		checks = 12 // The race detector makes the server slow to start.
	}
	setUnlessGiven(t, "rapid.checks", strconv.Itoa(checks))
	setUnlessGiven(t, "rapid.steps", "40")
	dataDirs := t.TempDir()
	check := 0
	rapid.Check(t, func(r *rapid.T) {
		check++
		dataDir := filepath.Join(dataDirs, strconv.Itoa(check))
		m := startModel(t, r, dataDir)
		defer func() {
			m.stop()
			_ = os.RemoveAll(dataDir)
		}()
		r.Repeat(rapid.StateMachineActions(m))
		m.settleAll(r)
		m.requireContents(r)
	})
}

// setUnlessGiven sets a flag for this test unless the command line does.
func setUnlessGiven(t *testing.T, name, value string) {
	t.Helper()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == name })
	if given {
		return
	}
	before := flag.Lookup(name).Value.String()
	require.NoError(t, flag.Set(name, value))
	t.Cleanup(func() { require.NoError(t, flag.Set(name, before)) })
}

// model is a server and what it should hold.
//
// The producers write series of their own, so that the order of what is in
// flight from two of them does not matter. What does depend on it, a deletion or
// a series that two write, waits until nothing is in flight.
type model struct {
	test      *testing.T
	ctx       context.Context
	server    *collector
	producers []*modelProducer
	// log is what was sent, in the order of the journal, without what was lost.
	log    []modelEntry
	faults []fault
	// unnamed counts the streams without a producer.
	unnamed int
}

// modelEntry is a frame or a deletion.
type modelEntry struct {
	producer *modelProducer
	epoch    int64
	sequence int64
	points   []sentPoint
	deletion *selection
}

// startModel starts a server and some producers, each behind a proxy of its own.
func startModel(t *testing.T, r *rapid.T, dataDir string) *model {
	t.Helper()
	args := []string{
		"--drain-grace", "10ms",
		"--store-batch-samples", rapid.SampledFrom([]string{"5", "500000"}).Draw(r, "batch samples"),
		"--store-batch-interval", rapid.SampledFrom([]string{"50ms", "1s"}).Draw(r, "batch interval"),
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	m := &model{test: t, ctx: ctx, server: startCollectorIn(t, dataDir, args...), faults: faults()}
	t.Cleanup(cancel)
	for i := range rapid.IntRange(1, 3).Draw(r, "producers") {
		proxy := testkit.NewProxy(t, m.server.Addr)
		m.producers = append(m.producers, &modelProducer{
			model: m, id: fmt.Sprintf("producer-%d", i), source: fmt.Sprintf("source-%d", i),
			proxy: proxy, peer: dialPoints(t, proxy.Addr()),
		})
	}
	return m
}

func (m *model) stop() {
	for _, p := range m.producers {
		p.abandon()
		_ = p.peer.conn.Close()
	}
	_ = m.server.conn.Close()
	m.server.Kill9()
}

// Check is what holds between two actions: nothing that was acknowledged is
// taken back, and nothing is there that was not sent.
func (m *model) Check(r *rapid.T) {
	for _, p := range m.producers {
		if !p.known {
			continue
		}
		position := m.server.mustPosition(m.ctx, r, p.id)
		require.Equal(r, p.epoch, position.GetEpoch(), p.id)
		require.GreaterOrEqual(r, position.GetPosition().GetDurable(), p.durable, p.id)
		require.GreaterOrEqual(r, position.GetPosition().GetReceived(), p.received, p.id)
		require.LessOrEqual(r, position.GetPosition().GetReceived(), p.sent, p.id)
	}
}

// contents is what the server should hold.
func (m *model) contents() stored {
	all := stored{}
	for _, entry := range m.log {
		if entry.deletion != nil {
			all.remove(*entry.deletion)
			continue
		}
		for _, point := range entry.points {
			if point.fault == nil {
				all.take(point.DataPoint)
			}
		}
	}
	return all
}

// settleAll waits until nothing is in flight.
func (m *model) settleAll(r *rapid.T) {
	for _, p := range m.producers {
		p.settle(r)
	}
}

// requireContents compares everything, once it is applied. Nothing is in
// flight.
func (m *model) requireContents(r *rapid.T) {
	for _, p := range m.producers {
		if p.sent > 0 {
			m.server.requireQueried(m.ctx, r, stored{}, ofSource("nobody"), waitFor(p.id, p.sent))
		}
	}
	want := m.contents()
	m.server.requireQueried(m.ctx, r, want, selection{}, nil)
	m.server.requireSeries(m.ctx, r, want, selection{})
}

// forget drops a producer's frames behind one, which were lost.
func (m *model) forget(p *modelProducer, last int64) {
	var kept []modelEntry
	for _, entry := range m.log {
		if entry.producer != p || entry.sequence <= last {
			kept = append(kept, entry)
		}
	}
	m.log = kept
}

// totals counts what was taken under the epoch of a producer.
func (m *model) totals(p *modelProducer) *collectorv1.EpochTotals {
	totals := &collectorv1.EpochTotals{Epoch: p.epoch}
	counted := newTally()
	for _, entry := range m.log {
		if entry.producer == p && entry.epoch == p.epoch {
			counted.take(entry.sequence, entry.points)
		}
	}
	totals.SuccessfulCount = counted.successful
	totals.ErrorCount, totals.ErrorCounts = errorCounts(counted.rejected)
	return totals
}

// drawPoints draws points of a source. They are so alike that they often
// overwrite each other.
func (m *model) drawPoints(r *rapid.T, source string) []sentPoint {
	points := make([]sentPoint, rapid.IntRange(0, 6).Draw(r, "points"))
	for i := range points {
		points[i] = sentPoint{DataPoint: drawPoint(r, source)}
		if rapid.IntRange(0, 9).Draw(r, "fault") == 9 {
			points[i].fault = &m.faults[rapid.IntRange(0, len(m.faults)-1).Draw(r, "kind of fault")]
			points[i].fault.spoil(points[i].DataPoint)
		}
	}
	return points
}

func drawPoint(r *rapid.T, source string) *collectorv1.DataPoint {
	point := &collectorv1.DataPoint{
		Source: source, Timestamp: drawTime(r),
		Metrics: map[string]float64{"m0": float64(rapid.IntRange(0, 99).Draw(r, "value"))},
	}
	if rapid.Bool().Draw(r, "second metric") {
		point.Metrics["m1"] = rapid.Float64Range(-1e9, 1e9).Draw(r, "second value")
	}
	if rapid.Bool().Draw(r, "tagged") {
		point.Tags = map[string]string{"room": "r1"}
	}
	return point
}

func drawTime(r *rapid.T) int64 {
	return tickStart + int64(rapid.IntRange(0, 9).Draw(r, "second"))*int64(time.Second)
}

// drawSelection draws some of the series and of the time.
func (m *model) drawSelection(r *rapid.T) selection {
	x := ofSource(fmt.Sprintf("source-%d", rapid.IntRange(0, len(m.producers)-1).Draw(r, "selected source")))
	switch rapid.IntRange(0, 3).Draw(r, "selected series") {
	case 0:
		x = selection{matchers: []*collectorv1.SeriesMatcher{sourceMatcher(queryv1.MatchOperator_MATCH_OPERATOR_REGEX, ".*")}}
	case 1:
		x = selection{
			matchers: []*collectorv1.SeriesMatcher{{
				Target: collectorv1.SeriesTarget_SERIES_TARGET_TAG, Tag: "room",
				Operator: queryv1.MatchOperator_MATCH_OPERATOR_NOT_EQUAL, Value: "r1",
			}},
			matches: func(name seriesName) bool { return name.tag("room") != "r1" },
		}
	default:
	}
	if rapid.Bool().Draw(r, "selected time") {
		x.start = new(drawTime(r))
		x.end = new(*x.start + int64(rapid.IntRange(1, 5).Draw(r, "selected seconds"))*int64(time.Second))
	}
	return x
}

// requireEqualReceipts compares all of two receipts.
func requireEqualReceipts(r *rapid.T, want, got *pointsReceipt) {
	r.Helper()
	require.True(r, proto.Equal(want, got), "want the receipt %v, got %v", want, got)
}
