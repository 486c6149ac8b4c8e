package core_test

import (
	"bytes"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/services/collector/internal/core"
	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

func oneSource(t require.TestingT, source string) core.Matcher {
	parsed, err := core.ParseMatchers([]*collectorv1.SeriesMatcher{matcher(ofSource, "", equal, source)})
	require.NoError(t, err)
	return parsed[0]
}

// indexModel does slowly what the index does.
type indexModel struct {
	newest core.SeriesID
	ids    map[string]core.SeriesID
	names  map[core.SeriesID][3]string
}

func (m *indexModel) count(tenant string) int {
	n := 0
	for _, name := range m.names {
		if name[0] == tenant {
			n++
		}
	}
	return n
}

func (m *indexModel) resolve(tenant string, p *frame.Point, limit int) ([]core.SeriesID, bool) {
	sorted := slices.SortedFunc(slices.Values(p.Tags), func(a, b frame.Tag) int {
		return bytes.Compare(a.Name, b.Name)
	})
	ids, newest := []core.SeriesID{}, m.newest
	added := map[string]core.SeriesID{}
	for i := range p.Metrics {
		name := fmt.Sprintf("%q %q %q %q", tenant, p.Source, p.Metrics[i].Name, sorted)
		id, known := m.ids[name]
		if !known {
			newest++
			id = newest
			added[name] = id
		}
		ids = append(ids, id)
	}
	if len(added) > 0 && m.count(tenant)+len(added) > limit {
		return nil, false
	}
	m.newest = newest
	maps.Copy(m.ids, added)
	for i, id := range ids {
		m.names[id] = [3]string{tenant, string(p.Source), string(p.Metrics[i].Name)}
	}
	return ids, true
}

func (m *indexModel) remove(id core.SeriesID) {
	delete(m.names, id)
	maps.DeleteFunc(m.ids, func(_ string, known core.SeriesID) bool { return known == id })
}

func (m *indexModel) selected(tenant, source string) []core.SeriesID {
	var ids []core.SeriesID
	for id, name := range m.names {
		if name[0] == tenant && name[1] == source {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func drawPoint(t *rapid.T) *frame.Point {
	p := &frame.Point{Source: []byte(rapid.SampledFrom([]string{"a", "b"}).Draw(t, "source"))}
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 40), 0, 40, rapid.ID).Draw(t, "metrics") {
		p.Metrics = append(p.Metrics, frame.Metric{Name: fmt.Append(nil, "m", i)})
	}
	for _, i := range rapid.SliceOfNDistinct(rapid.IntRange(0, 2), 0, 2, rapid.ID).Draw(t, "tags") {
		value := fmt.Append(nil, rapid.IntRange(0, 1).Draw(t, "value"))
		p.Tags = append(p.Tags, frame.Tag{Name: fmt.Append(nil, "t", i), Value: value})
	}
	return p
}

func TestTheIndexDoesWhatItsModelDoes(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		x := core.NewIndex(0)
		m := &indexModel{ids: map[string]core.SeriesID{}, names: map[core.SeriesID][3]string{}}
		tenants := rapid.SampledFrom([]string{"acme", "other"})
		t.Repeat(map[string]func(*rapid.T){
			"resolve": func(t *rapid.T) {
				tenant, p, limit := tenants.Draw(t, "tenant"), drawPoint(t), rapid.IntRange(0, 150).Draw(t, "limit")
				want, wantOK := m.resolve(tenant, p, limit)
				got, ok := x.Resolve(tenant, p, limit, []core.SeriesID{})
				require.Equal(t, wantOK, ok)
				if ok {
					require.Equal(t, want, got)
				}
			},
			"remove": func(t *rapid.T) {
				var ids []core.SeriesID
				for id := core.SeriesID(1); id <= m.newest; id++ {
					if rapid.Bool().Draw(t, "remove") {
						ids = append(ids, id)
						m.remove(id)
					}
				}
				x.Remove(ids)
			},
			"": func(t *rapid.T) {
				require.Equal(t, len(m.names), x.Len())
				for _, tenant := range []string{"acme", "other"} {
					require.Equal(t, m.count(tenant), x.Count(tenant))
					require.Equal(t, m.count(tenant) > 0, slices.Contains(x.Tenants(), tenant))
					for _, source := range []string{"a", "b"} {
						require.Equal(t, m.selected(tenant, source), x.Select(tenant, []core.Matcher{oneSource(t, source)}))
					}
				}
				for id := core.SeriesID(1); id <= m.newest; id++ {
					series, ok := x.Series(id)
					name := [3]string{series.Tenant, series.Source, series.Metric}
					require.Equal(t, m.names[id], name)
					_, wantOK := m.names[id]
					require.Equal(t, wantOK, ok)
				}
			},
		})
	})
}
