package core_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// pointOf is a point with the names of series: metrics are separated by blanks,
// tags stand in pairs of name and value.
func pointOf(source string, metrics []string, tags ...string) *frame.Point {
	p := &frame.Point{Source: []byte(source)}
	for _, m := range metrics {
		p.Metrics = append(p.Metrics, frame.Metric{Name: []byte(m)})
	}
	for i := 0; i < len(tags); i += 2 {
		p.Tags = append(p.Tags, frame.Tag{Name: []byte(tags[i]), Value: []byte(tags[i+1])})
	}
	return p
}

func resolve(t testing.TB, x *core.Index, tenant string, p *frame.Point) []core.SeriesID {
	t.Helper()
	ids, ok := x.Resolve(tenant, p, math.MaxInt, nil)
	require.True(t, ok)
	return ids
}

func TestSeriesAreNumberedInTheOrderTheyAreSeen(t *testing.T) {
	x := core.NewIndex(40)
	require.Equal(t, []core.SeriesID{41, 42}, resolve(t, x, "acme", pointOf("a", []string{"cpu", "mem"})))
	require.Equal(t, []core.SeriesID{43, 41}, resolve(t, x, "acme", pointOf("a", []string{"disk", "cpu"})))
	require.Equal(t, []core.SeriesID{44}, resolve(t, x, "acme", pointOf("b", []string{"cpu"})))
	require.Equal(t, []core.SeriesID{45}, resolve(t, x, "other", pointOf("a", []string{"cpu"})))
	require.Equal(t, []core.SeriesID{42, 43, 41}, resolve(t, x, "acme", pointOf("a", []string{"mem", "disk", "cpu"})))
	require.Empty(t, resolve(t, x, "acme", pointOf("z", nil)))
	require.Equal(t, 4, x.Count("acme"))
	require.Equal(t, 1, x.Count("other"))
	require.Zero(t, x.Count("nobody"))
	require.Equal(t, 5, x.Len())
	require.Equal(t, []string{"acme", "other"}, x.Tenants())
}

func TestTagsBelongToTheSeriesInAnyOrder(t *testing.T) {
	x := core.NewIndex(0)
	cpu := []string{"cpu"}
	points := []*frame.Point{
		pointOf("a", cpu),
		pointOf("a", cpu, "host", "1"),
		pointOf("a", cpu, "host", "2"),
		pointOf("a", cpu, "1", "host"),
		pointOf("a", cpu, "host", "1", "region", "2"),
		pointOf("a", cpu, "host", "2", "region", "1"),
		pointOf("a", cpu, "host", "1", "rack", "2"),
	}
	for i, p := range points {
		require.Equal(t, []core.SeriesID{core.SeriesID(i + 1)}, resolve(t, x, "acme", p))
	}
	for i, p := range points {
		slices.Reverse(p.Tags)
		require.Equal(t, []core.SeriesID{core.SeriesID(i + 1)}, resolve(t, x, "acme", p))
	}
	series, ok := x.Series(5)
	require.True(t, ok)
	require.Equal(t, core.Series{
		ID: 5, Tenant: "acme", Source: "a", Metric: "cpu", Tags: []core.Tag{{Name: "host", Value: "1"}, {Name: "region", Value: "2"}},
	}, series)
}

func TestTheNamesOutliveThePoint(t *testing.T) {
	x := core.NewIndex(0)
	p := pointOf("source", []string{"metric"}, "name", "value")
	resolve(t, x, "acme", p)
	for _, b := range [][]byte{p.Source, p.Metrics[0].Name, p.Tags[0].Name, p.Tags[0].Value} {
		clear(b)
	}
	series, _ := x.Series(1)
	require.Equal(t, core.Series{
		ID: 1, Tenant: "acme", Source: "source", Metric: "metric", Tags: []core.Tag{{Name: "name", Value: "value"}},
	}, series)
}

func TestTheLimitIsExact(t *testing.T) {
	x := core.NewIndex(0)
	within := func(limit int, p *frame.Point) bool {
		_, ok := x.Resolve("acme", p, limit, nil)
		return ok
	}
	require.True(t, within(3, pointOf("a", []string{"1", "2"})))
	require.False(t, within(3, pointOf("a", []string{"3", "4"})))
	require.False(t, within(3, pointOf("b", []string{"3", "4"})))
	require.Equal(t, 2, x.Count("acme"), "nothing of a refused point is added")
	require.Len(t, x.Select("acme", nil), 2)
	require.True(t, within(3, pointOf("a", []string{"2", "3"})))
	require.False(t, within(3, pointOf("a", []string{"4"})))
	require.True(t, within(0, pointOf("a", []string{"3", "1", "2"})), "what is known is accepted")
	_, ok := x.Resolve("other", pointOf("a", []string{"1", "2", "3"}), 3, nil)
	require.True(t, ok, "each tenant has its own")
}

func TestIDsEndAtTheirLargest(t *testing.T) {
	x := core.NewIndex(core.MaxSeries - 2)
	_, ok := x.Resolve("acme", pointOf("a", []string{"1", "2", "3"}), math.MaxInt, nil)
	require.False(t, ok)
	require.Equal(t, []core.SeriesID{core.MaxSeries - 1, core.MaxSeries}, resolve(t, x, "acme", pointOf("a", []string{"1", "2"})))
	_, ok = x.Resolve("acme", pointOf("a", []string{"3"}), math.MaxInt, nil)
	require.False(t, ok)
}

func TestLoadedSeriesAreKnown(t *testing.T) {
	x := indexOf(named(3, "a", "cpu", core.Tag{Name: "host", Value: "1"}), named(9, "a", "mem", core.Tag{Name: "host", Value: "1"}))
	require.Equal(t, []core.SeriesID{9, 3, 10}, resolve(t, x, "acme", pointOf("a", []string{"mem", "cpu", "new"}, "host", "1")))
	require.Equal(t, []core.SeriesID{11}, resolve(t, x, "acme", pointOf("a", []string{"cpu"})))
	_, ok := x.Series(4)
	require.False(t, ok)
	_, ok = x.Series(1 << 30)
	require.False(t, ok)
}

func TestARemovedSeriesBeginsAnew(t *testing.T) {
	x := core.NewIndex(0)
	many := make([]string, 60)
	for i := range many {
		many[i] = fmt.Sprint("m", i)
	}
	p := pointOf("a", many)
	resolve(t, x, "acme", p)
	resolve(t, x, "acme", pointOf("b", []string{"cpu"}))
	resolve(t, x, "other", pointOf("a", []string{"cpu"}))

	removed := []core.SeriesID{61, 2, 2, 99, 60}
	x.Remove(removed)
	for _, id := range removed {
		_, ok := x.Series(id)
		require.False(t, ok, id)
	}
	require.Equal(t, 58, x.Count("acme"))
	require.Equal(t, 59, x.Len())
	require.Len(t, x.Select("acme", nil), 58)

	again := resolve(t, x, "acme", p)
	require.Equal(t, core.SeriesID(63), again[1])
	require.Equal(t, core.SeriesID(64), again[59])
	require.Equal(t, core.SeriesID(3), again[2])
	require.Equal(t, []core.SeriesID{65}, resolve(t, x, "acme", pointOf("b", []string{"cpu"})))

	x.Remove(append(x.Select("acme", nil), 62))
	require.Empty(t, x.Tenants())
	require.Zero(t, x.Len())
	require.Equal(t, []core.SeriesID{66}, resolve(t, x, "acme", pointOf("b", []string{"cpu"})))
}

func TestSeriesOfOneSourceAreRemovedInAnyOrder(t *testing.T) {
	for _, order := range [][]core.SeriesID{{1, 2, 3}, {3, 2, 1}, {2, 1, 3}, {2, 3, 1}} {
		x := core.NewIndex(0)
		for _, host := range []string{"1", "2", "3"} {
			resolve(t, x, "acme", pointOf("a", []string{"cpu"}, "host", host))
		}
		left := []core.SeriesID{1, 2, 3}
		for _, id := range order {
			x.Remove([]core.SeriesID{id})
			left = slices.DeleteFunc(left, func(l core.SeriesID) bool { return l == id })
			require.ElementsMatch(t, left, x.Select("acme", []core.Matcher{oneSource(t, "a")}))
		}
	}
}

func TestUnpersistedSeriesAreToldUntilTheyAreCommitted(t *testing.T) {
	x := indexOf(named(3, "a", "cpu"))
	ids := resolve(t, x, "acme", pointOf("a", []string{"cpu", "mem", "disk"}))
	used := []core.SeriesID{ids[2], ids[0], ids[1], ids[2]}
	unknown := x.Unpersisted(used)
	require.Equal(t, []core.Series{named(4, "a", "mem"), named(5, "a", "disk")}, unknown)
	require.Equal(t, unknown, x.Unpersisted(used), "the commit failed")
	x.Persisted(unknown[:1])
	require.Equal(t, unknown[1:], x.Unpersisted(used))
	x.Persisted(unknown[1:])
	require.Empty(t, x.Unpersisted(used))
}

func TestResolvingKnownSeriesAllocatesNothing(t *testing.T) {
	x := core.NewIndex(0)
	plain := pointOf("a", []string{"1", "2", "3"})
	tagged := pointOf("a", []string{"1", "2", "3"}, "region", "eu", "host", "1")
	ids := make([]core.SeriesID, 0, 3)
	for _, p := range []*frame.Point{plain, tagged} {
		resolve(t, x, "acme", p)
		require.Zero(t, testing.AllocsPerRun(100, func() {
			ids, _ = x.Resolve("acme", p, 0, ids)
		}))
	}
}

func TestManyStreamsResolveTheSameSeries(t *testing.T) {
	const streams, limit = 8, 400
	x := core.NewIndex(0)
	seen := make([]map[string]core.SeriesID, streams)
	var wait sync.WaitGroup
	for stream := range streams {
		seen[stream] = map[string]core.SeriesID{}
		wait.Go(func() {
			random := rand.New(rand.NewPCG(uint64(stream), 0))
			var ids []core.SeriesID
			for range 4000 {
				source := fmt.Sprint(random.IntN(50))
				metrics := []string{fmt.Sprint(random.IntN(6)), fmt.Sprint(6 + random.IntN(6))}
				var ok bool
				if ids, ok = x.Resolve("acme", pointOf(source, metrics), limit, ids); !ok {
					continue
				}
				for i, id := range ids {
					seen[stream][source+" "+metrics[i]] = id
				}
				x.Series(ids[0])
			}
		})
	}
	wait.Wait()
	require.InDelta(t, limit, x.Count("acme"), 1, "two at a time")
	require.LessOrEqual(t, x.Count("acme"), limit)
	names := map[string]core.SeriesID{}
	for _, own := range seen {
		for name, id := range own {
			if first, known := names[name]; known {
				require.Equal(t, first, id, name)
			}
			names[name] = id
			series, _ := x.Series(id)
			require.Equal(t, name, series.Source+" "+series.Metric)
		}
	}
	require.Len(t, x.Select("acme", nil), x.Len())
	require.LessOrEqual(t, len(names), x.Len())
}

func TestStreamsGoOnWhileSeriesAreRemoved(t *testing.T) {
	x := core.NewIndex(0)
	stop := make(chan struct{})
	var wait sync.WaitGroup
	for range 4 {
		wait.Go(func() {
			for i := 0; ; i++ {
				select {
				case <-stop:
					return
				default:
					p := pointOf(fmt.Sprint(i%7), []string{"a", "b"})
					ids, ok := x.Resolve("acme", p, math.MaxInt, nil)
					if !ok || len(ids) != 2 || ids[0] == ids[1] {
						t.Errorf("resolved to %v", ids)
					}
				}
			}
		})
	}
	for range 500 {
		x.Remove(x.Select("acme", nil))
		runtime.Gosched()
	}
	close(stop)
	wait.Wait()
	for _, id := range x.Select("acme", nil) {
		_, ok := x.Series(id)
		require.True(t, ok)
	}
	require.Len(t, x.Select("acme", nil), x.Len())
}
