package core

import (
	"maps"
	"slices"

	"github.com/sluice-ingest/sluice/services/collector/internal/frame"
)

// Tenants returns the tenants that have series, in the order of their names.
func (x *Index) Tenants() []string {
	x.mu.RLock()
	defer x.mu.RUnlock()
	return slices.Sorted(maps.Keys(x.tenants))
}

// addFamily adds an empty family. It is called with x.mu.
func (x *Index) addFamily(hash uint64, tenant string, p *frame.Point) *family {
	t := x.tenants[tenant]
	if t == nil {
		t = &tenantFamilies{name: tenant, bySource: map[string]*family{}}
		x.tenants[tenant] = t
	}
	f := newFamily(hash, t, p)
	f.place = len(t.families)
	t.families = append(t.families, f)
	if f.following = t.bySource[f.source]; f.following != nil {
		f.source = f.following.source // One copy of the text for all of them.
		f.following.previous = f
	}
	t.bySource[f.source] = f
	x.shardOf(hash).add(f)
	return f
}

// dropFamily drops a family that has no series left. It is called with x.mu.
func (x *Index) dropFamily(f *family) {
	x.shardOf(f.hash).drop(f)
	t := f.tenant
	moved := t.families[len(t.families)-1]
	t.families[f.place], moved.place = moved, f.place
	t.families[len(t.families)-1] = nil
	t.families = t.families[:len(t.families)-1]
	t.dropSource(f)
	if len(t.families) == 0 {
		delete(x.tenants, t.name)
	}
}

func (t *tenantFamilies) dropSource(f *family) {
	if f.following != nil {
		f.following.previous = f.previous
	}
	switch {
	case f.previous != nil:
		f.previous.following = f.following
	case f.following != nil:
		t.bySource[f.source] = f.following
	default:
		delete(t.bySource, f.source)
	}
}

// candidates returns the tenant's families, or those of one source.
func (x *Index) candidates(tenant string, source *string) []*family {
	x.mu.RLock()
	defer x.mu.RUnlock()
	t := x.tenants[tenant]
	if t == nil {
		return nil
	}
	if source == nil {
		return slices.Clone(t.families)
	}
	var families []*family
	for f := t.bySource[*source]; f != nil; f = f.following {
		families = append(families, f)
	}
	return families
}
