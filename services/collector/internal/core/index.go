package core

import (
	"hash/maphash"
	"sync"
	"unique"

	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Index numbers the series of all tenants and keeps their names in memory.
//
// What a source measures under one set of tags is a family; the index finds the
// family by a hash of its name and in it each metric by its usual place. Series
// that are known cost a read lock on one of many shards.
//
// Safe for concurrent use, but for Load and what is said to be the applier's.
type Index struct {
	seed   maphash.Seed
	shards [indexShards]indexShard

	// mu guards what follows. It is taken before a shard's lock; who changes a
	// family holds both.
	mu      sync.RWMutex
	newest  SeriesID
	count   int
	tenants map[string]*tenantFamilies
	entries seriesEntries

	// Of the applier's goroutine.
	stored idSet
	last   lastTimestamps
}

// tenantFamilies are the families of a tenant.
type tenantFamilies struct {
	name  string
	count int
	// families in no order; each knows its place.
	families []*family
	// bySource has the first family of each source.
	bySource map[string]*family
}

// NewIndex returns an empty index, which numbers series after last.
func NewIndex(last SeriesID) *Index {
	x := &Index{seed: maphash.MakeSeed(), newest: last, tenants: map[string]*tenantFamilies{}}
	for i := range x.shards {
		x.shards[i].families = map[uint64]*family{}
	}
	return x
}

// Resolve returns the IDs of the point's series, one for each metric, in the
// memory of ids, whose content is dropped. Series that are new are numbered. If
// that would make more than limit series of the tenant, nothing is numbered and
// ok is false.
func (x *Index) Resolve(tenant string, p *frame.Point, limit int, ids []SeriesID) (_ []SeriesID, ok bool) {
	hash := x.hash(tenant, p)
	if ids, ok = x.shardOf(hash).lookUp(hash, tenant, p, ids[:0]); ok {
		return ids, true
	}
	return x.number(hash, tenant, p, limit, ids[:0])
}

// number numbers the series of the point that are not known.
func (x *Index) number(hash uint64, tenant string, p *frame.Point, limit int, ids []SeriesID) ([]SeriesID, bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	shard := x.shardOf(hash)
	f := shard.find(hash, tenant, p)
	missing := f.missing(p.Metrics)
	if missing > 0 && (missing > limit-x.countOf(tenant) || missing > MaxSeries-int(x.newest)) {
		return ids, false
	}
	if missing > 0 && f == nil {
		f = x.addFamily(hash, tenant, p)
	}
	shard.mu.Lock()
	defer shard.mu.Unlock()
	for i := range p.Metrics {
		place, known := f.find(p.Metrics[i].Name, i)
		if !known {
			x.newest++
			x.add(f, p.Metrics[i].Name, x.newest)
		}
		ids = append(ids, f.ids[place])
	}
	return ids, true
}

// add adds a series to a family. It is called with x.mu and the shard's lock.
func (x *Index) add(f *family, metric []byte, id SeriesID) {
	name := unique.Make(string(metric))
	f.append(name, id)
	f.tenant.count++
	x.count++
	x.entries.set(id, seriesEntry{family: f, metric: name})
}

// Load adds a series that the store has, with the timestamp of its last sample.
// It is called before anything else, once for each series.
func (x *Index) Load(s Series, last int64) {
	p := frame.Point{Source: []byte(s.Source)}
	for _, tag := range s.Tags {
		p.Tags = append(p.Tags, frame.Tag{Name: []byte(tag.Name), Value: []byte(tag.Value)})
	}
	hash := x.hash(s.Tenant, &p)
	x.mu.Lock()
	defer x.mu.Unlock()
	shard := x.shardOf(hash)
	f := shard.find(hash, s.Tenant, &p)
	if f == nil {
		f = x.addFamily(hash, s.Tenant, &p)
	}
	shard.mu.Lock()
	defer shard.mu.Unlock()
	x.add(f, []byte(s.Metric), s.ID)
	x.newest = max(x.newest, s.ID)
	x.stored.add(s.ID)
	x.last.load(s.ID, last)
}

// Series returns a series, and false for one that is not there any more. Its
// tags are shared and must not be changed.
func (x *Index) Series(id SeriesID) (Series, bool) {
	x.mu.RLock()
	entry, ok := x.entries.get(id)
	x.mu.RUnlock()
	if !ok {
		return Series{}, false
	}
	f := entry.family
	return Series{ID: id, Tenant: f.tenant.name, Source: f.source, Metric: entry.metric.Value(), Tags: f.tags}, true
}

// Len is the number of series of all tenants.
func (x *Index) Len() int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.count
}

// Count is the number of the tenant's series.
func (x *Index) Count(tenant string) int {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return x.countOf(tenant)
}

func (x *Index) countOf(tenant string) int {
	if t := x.tenants[tenant]; t != nil {
		return t.count
	}
	return 0
}
