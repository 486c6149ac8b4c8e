package core

import "slices"

// Unpersisted returns those of the series that the store does not know, in
// ascending order and each once. It is the applier's.
func (x *Index) Unpersisted(ids []SeriesID) []Series {
	var unknown []SeriesID
	for _, id := range ids {
		if !x.stored.has(id) {
			unknown = append(unknown, id)
		}
	}
	slices.Sort(unknown)
	unknown = slices.Compact(unknown)
	series := make([]Series, 0, len(unknown))
	for _, id := range unknown {
		if s, ok := x.Series(id); ok {
			series = append(series, s)
		}
	}
	return series
}

// Persisted notes that the store has committed series. It is the applier's.
func (x *Index) Persisted(series []Series) {
	for i := range series {
		x.stored.add(series[i].ID)
	}
}

// idSet is a set of IDs, one bit each.
type idSet []uint64

func (s *idSet) has(id SeriesID) bool {
	word := int(id / 64)
	return word < len(*s) && (*s)[word]&(1<<(id%64)) != 0
}

func (s *idSet) add(id SeriesID) {
	word := int(id / 64)
	if word >= len(*s) {
		*s = append(*s, make([]uint64, word+1-len(*s))...)
	}
	(*s)[word] |= 1 << (id % 64)
}
