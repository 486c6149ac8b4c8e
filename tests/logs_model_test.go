package tests

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestEachEntryIsIndexedExactlyOnce is TestEachPointIsStoredExactlyOnce for
// logs: the entries go through rules that drop, sample, redact, classify and
// enrich them.
func TestEachEntryIsIndexedExactlyOnce(t *testing.T) {
	checks := 30
	if testkit.RaceEnabled {
		checks = 8 // The race detector makes the server slow to start.
	}
	setUnlessGiven(t, "rapid.checks", strconv.Itoa(checks))
	setUnlessGiven(t, "rapid.steps", "40")
	dataDirs, rules := t.TempDir(), writeRules(t, testRules)
	// The same on every server: the rules alone decide over a trace.
	known := startLogs(t).askTraces(bounded(t), t)
	check := 0
	rapid.Check(t, func(r *rapid.T) {
		check++
		dataDir := filepath.Join(dataDirs, strconv.Itoa(check))
		m := startLogModel(t, r, dataDir, rules)
		m.traces = known
		defer func() {
			m.stop()
			_ = os.RemoveAll(dataDir)
		}()
		r.Repeat(rapid.StateMachineActions(m))
		m.settleAll(r)
		m.requireContents(r)
		for _, p := range m.producers {
			p.opened(r)
			p.finish(r)
		}
	})
}

// logModel is a server and what it should hold. A deletion waits until nothing
// is in flight; the order of what is in flight from two producers does not
// matter.
type logModel struct {
	ctx       context.Context
	server    *logServer
	traces    traces
	producers []*logModelProducer
	// log is what was sent, in the order of the journal, without what was lost.
	log    []logModelEntry
	faults []logFault
	// made counts the entries.
	made int
}

// logModelEntry is a frame or a deletion.
type logModelEntry struct {
	producer *logModelProducer
	epoch    int64
	sequence int64
	entries  []sentEntry
	deletion *logaggv1.LogFilter
}

// startLogModel starts a server and some producers, each behind a proxy of its
// own.
func startLogModel(t *testing.T, r *rapid.T, dataDir, rules string) *logModel {
	t.Helper()
	args := []string{
		"--drain-grace", "10ms", "--rules-file", rules,
		"--store-batch-entries", rapid.SampledFrom([]string{"5", "122880"}).Draw(r, "batch entries"),
		"--store-batch-interval", rapid.SampledFrom([]string{"50ms", "1m"}).Draw(r, "batch interval"),
	}
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	m := &logModel{ctx: ctx, server: startLogsIn(t, dataDir, args...), faults: logFaults()}
	t.Cleanup(cancel)
	for i := range rapid.IntRange(1, 3).Draw(r, "producers") {
		proxy := testkit.NewProxy(t, m.server.Addr)
		m.producers = append(m.producers, &logModelProducer{
			model: m, id: fmt.Sprintf("producer-%d", i), proxy: proxy, peer: dialLogs(t, proxy.Addr()),
		})
	}
	return m
}

func (m *logModel) stop() {
	for _, p := range m.producers {
		p.abandon()
		_ = p.peer.conn.Close()
	}
	_ = m.server.conn.Close()
	m.server.Kill9()
}

// Check is what holds between two actions: nothing that was acknowledged is
// taken back, and nothing is there that was not sent.
func (m *logModel) Check(r *rapid.T) {
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
func (m *logModel) contents() (all indexedLogs) {
	for _, entry := range m.log {
		if entry.deletion != nil {
			all, _ = all.remove(entry.deletion)
			continue
		}
		all = all.with(entry.entries...)
	}
	return all
}

// settleAll waits until nothing is in flight.
func (m *logModel) settleAll(r *rapid.T) {
	for _, p := range m.producers {
		p.settle(r)
	}
}

// requireContents compares everything, once it is applied, page by page, and
// wants the entries of each producer in the order in which it sent them. Nothing
// is in flight.
func (m *logModel) requireContents(r *rapid.T) {
	for _, p := range m.producers {
		if p.sent > 0 {
			m.server.requireSearched(m.ctx, r, nil, ofApplication("nobody"), waitFor(p.id, p.sent))
		}
	}
	want := m.contents()
	got := m.server.searchAll(m.ctx, r, oldestFirst(nil), 7)
	requireLogs(r, want, got)
	slices.SortFunc(got, func(a, b *logRecord) int { return int(a.GetEntryId() - b.GetEntryId()) })
	for _, p := range m.producers {
		f := ofApplication(p.id)
		requireLogsInOrder(r, want.selected(f), got.selected(f))
	}
}

// forget drops a producer's frames behind one, which were lost.
func (m *logModel) forget(p *logModelProducer, last int64) {
	m.log = slices.DeleteFunc(m.log, func(e logModelEntry) bool { return e.producer == p && e.sequence > last })
}

// totals counts what was taken under the epoch of a producer.
func (m *logModel) totals(p *logModelProducer) *logaggv1.EpochTotals {
	counted := newLogTally()
	for _, entry := range m.log {
		if entry.producer == p && entry.epoch == p.epoch {
			counted.take(entry.sequence, entry.entries)
		}
	}
	return counted.totals(p.epoch)
}

func (m *logModel) drawEntries(r *rapid.T, application string) []sentEntry {
	entries := make([]sentEntry, rapid.IntRange(0, 6).Draw(r, "entries"))
	for i := range entries {
		entries[i] = m.drawEntry(r, application)
		if rapid.IntRange(0, 9).Draw(r, "fault") == 9 {
			entries[i] = spoiled(entries[i], &m.faults[rapid.IntRange(0, len(m.faults)-1).Draw(r, "kind of fault")])
		}
	}
	return entries
}

// drawEntry draws a good entry. Many have the same timestamp.
func (m *logModel) drawEntry(r *rapid.T, application string) sentEntry {
	m.made++
	kind := rapid.IntRange(0, entryKinds-1).Draw(r, "kind of entry")
	timestamp := drawLogTime(r) + int64(rapid.IntRange(0, 3).Draw(r, "millisecond"))*int64(time.Millisecond)
	return m.traces.sendable(kind, application, strconv.Itoa(m.made), timestamp)
}

func drawLogTime(r *rapid.T) int64 {
	return logStart + int64(rapid.IntRange(0, 9).Draw(r, "second"))*int64(time.Second)
}

// drawFilter draws some of the entries, with at least one condition.
func (m *logModel) drawFilter(r *rapid.T) *logaggv1.LogFilter {
	f := &logaggv1.LogFilter{}
	switch rapid.IntRange(0, 5).Draw(r, "condition") {
	case 0:
		f.Texts = []*logaggv1.TextMatcher{{Text: "password", IgnoreCase: true}}
	case 1:
		f.MinimumLevel = logaggv1.Level_LEVEL_ERROR
	case 2:
		f.Categories = []string{"security", "error"}
	case 3:
		f.StartTime = new(drawLogTime(r))
		f.EndTime = new(f.GetStartTime() + int64(rapid.IntRange(1, 5).Draw(r, "selected seconds"))*int64(time.Second))
	default:
		f.Applications = []string{rapid.SampledFrom(m.producers).Draw(r, "application").id}
	}
	if rapid.Bool().Draw(r, "second condition") {
		f.Texts = append(f.Texts, &logaggv1.TextMatcher{Text: "mark=1", Negated: rapid.Bool().Draw(r, "negated")})
	}
	return f
}
