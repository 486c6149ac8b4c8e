package core

// Remove removes series. A later point of the same name begins a new one. IDs
// that are not there are left out.
func (x *Index) Remove(ids []SeriesID) {
	x.mu.Lock()
	defer x.mu.Unlock()
	touched := map[*family]struct{}{}
	for _, id := range ids {
		if entry, ok := x.entries.take(id); ok {
			entry.family.tenant.count--
			x.count--
			touched[entry.family] = struct{}{}
		}
	}
	for f := range touched {
		x.compact(f)
	}
}

// compact drops the series of a family that have no entry any more. It is called
// with x.mu.
func (x *Index) compact(f *family) {
	shard := x.shardOf(f.hash)
	shard.mu.Lock()
	f.keep(func(id SeriesID) bool {
		_, kept := x.entries.get(id)
		return kept
	})
	shard.mu.Unlock()
	if len(f.ids) == 0 {
		x.dropFamily(f)
	}
}
