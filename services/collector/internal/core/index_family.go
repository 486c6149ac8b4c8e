package core

import (
	"cmp"
	"slices"
	"unique"

	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// family is the series of one tenant with the same source and tags: one for
// each metric.
type family struct {
	tenant *tenantFamilies
	source string
	// tags in the order of their names.
	tags []Tag
	hash uint64

	// place in the tenant's families, and the neighbours among those of the same
	// source; guarded by the index's lock.
	place               int
	previous, following *family

	// What follows is guarded by the shard's lock: the next family with the same
	// hash, and the metrics in the order in which they came, with their series.
	next   *family
	names  []unique.Handle[string]
	ids    []SeriesID
	byName map[string]int32
}

// manyMetrics is the number of metrics from which on a family has a map of
// them.
const manyMetrics = 24

func newFamily(hash uint64, tenant *tenantFamilies, p *frame.Point) *family {
	f := &family{
		tenant: tenant, source: string(p.Source), hash: hash,
		names: make([]unique.Handle[string], 0, len(p.Metrics)),
		ids:   make([]SeriesID, 0, len(p.Metrics)),
	}
	if len(p.Tags) == 0 {
		return f
	}
	f.tags = make([]Tag, 0, len(p.Tags))
	for _, tag := range p.Tags {
		// Names, and often values, are the same in many families.
		f.tags = append(f.tags, Tag{Name: unique.Make(string(tag.Name)).Value(), Value: unique.Make(string(tag.Value)).Value()})
	}
	slices.SortFunc(f.tags, func(a, b Tag) int { return cmp.Compare(a.Name, b.Name) })
	return f
}

func (f *family) is(tenant string, p *frame.Point) bool {
	return f.source == string(p.Source) && len(f.tags) == len(p.Tags) && f.tenant.name == tenant && f.hasTags(p.Tags)
}

// hasTags compares as many tags as the family has. They mostly come in the order
// of their names.
func (f *family) hasTags(tags []frame.Tag) bool {
	for i := range tags {
		if f.tags[i].Name == string(tags[i].Name) {
			if f.tags[i].Value != string(tags[i].Value) {
				return false
			}
			continue
		}
		if !f.hasTag(&tags[i]) {
			return false
		}
	}
	return true
}

func (f *family) hasTag(tag *frame.Tag) bool {
	for i := range f.tags {
		if f.tags[i].Name == string(tag.Name) {
			return f.tags[i].Value == string(tag.Value)
		}
	}
	return false
}

// appendIDs appends the series of the metrics. It fails when one is not known.
func (f *family) appendIDs(ids []SeriesID, metrics []frame.Metric) ([]SeriesID, bool) {
	next := 0
	for i := range metrics {
		place, known := f.find(metrics[i].Name, next)
		if !known {
			return ids, false
		}
		ids = append(ids, f.ids[place])
		next = place + 1
	}
	return ids, true
}

// find returns the place of a metric, which is expected to be at a place; of one
// that is not known, the place that it will have.
func (f *family) find(name []byte, expected int) (place int, known bool) {
	if expected < len(f.names) && f.names[expected].Value() == string(name) {
		return expected, true
	}
	if f.byName != nil {
		if place, known := f.byName[string(name)]; known {
			return int(place), true
		}
		return len(f.names), false
	}
	for i := range f.names {
		if f.names[i].Value() == string(name) {
			return i, true
		}
	}
	return len(f.names), false
}

// missing is the number of metrics that are not known. A family that is nil
// knows none.
func (f *family) missing(metrics []frame.Metric) int {
	if f == nil {
		return len(metrics)
	}
	missing := 0
	for i := range metrics {
		if _, known := f.find(metrics[i].Name, i); !known {
			missing++
		}
	}
	return missing
}

func (f *family) append(name unique.Handle[string], id SeriesID) {
	f.names = append(f.names, name)
	f.ids = append(f.ids, id)
	if f.byName != nil {
		f.byName[name.Value()] = int32(len(f.names) - 1)
	} else if len(f.names) > manyMetrics {
		f.mapNames()
	}
}

func (f *family) mapNames() {
	f.byName = nil
	if len(f.names) <= manyMetrics {
		return
	}
	f.byName = make(map[string]int32, len(f.names))
	for i, name := range f.names {
		f.byName[name.Value()] = int32(i)
	}
}

// keep drops the series that are not to be kept.
func (f *family) keep(kept func(SeriesID) bool) {
	n := 0
	for i, id := range f.ids {
		if kept(id) {
			f.names[n], f.ids[n] = f.names[i], id
			n++
		}
	}
	clear(f.names[n:])
	f.names, f.ids = f.names[:n], f.ids[:n]
	f.mapNames()
}
