package frame

import (
	"bytes"
	"cmp"
	"slices"
)

type keyed interface{ key() []byte }

// fewEntries are compared each with each; more are sorted.
const fewEntries = 24

// lastOfEach compacts the entries of a map to one of each key: the last one, in
// the place of the first. order is scratch space.
func lastOfEach[E keyed](entries []E, order *[]int32) []E {
	switch {
	case ascending(entries):
		return entries
	case len(entries) <= fewEntries:
		return lastOfEachOfFew(entries)
	default:
		return lastOfEachOfMany(entries, order)
	}
}

// ascending finds the order that a deterministic encoder writes.
func ascending[E keyed](entries []E) bool {
	for i := 1; i < len(entries); i++ {
		if string(entries[i-1].key()) >= string(entries[i].key()) {
			return false
		}
	}
	return true
}

func lastOfEachOfFew[E keyed](entries []E) []E {
	kept := entries[:0]
	for _, e := range entries {
		i := slices.IndexFunc(kept, func(k E) bool { return bytes.Equal(k.key(), e.key()) })
		if i < 0 {
			kept = append(kept, e)
		} else {
			kept[i] = e
		}
	}
	return kept
}

// lastOfEachOfMany sorts the places of the entries by key, so that the places
// of one key stand together.
func lastOfEachOfMany[E keyed](entries []E, order *[]int32) []E {
	places := (*order)[:0]
	for i := range entries {
		places = append(places, int32(i))
	}
	*order = places
	slices.SortFunc(places, func(a, b int32) int {
		return cmp.Or(bytes.Compare(entries[a].key(), entries[b].key()), cmp.Compare(a, b))
	})
	// What is dropped is noted where the loop has already been.
	dropped := places[:0]
	for i := 0; i < len(places); {
		first := places[i]
		last := first
		for i++; i < len(places) && bytes.Equal(entries[places[i]].key(), entries[first].key()); i++ {
			last = places[i]
			dropped = append(dropped, last)
		}
		entries[first] = entries[last]
	}
	slices.Sort(dropped)
	return without(entries, dropped)
}

// without removes the entries at the places, which ascend.
func without[E any](entries []E, places []int32) []E {
	kept := entries[:0]
	for i, e := range entries {
		if len(places) > 0 && places[0] == int32(i) {
			places = places[1:]
			continue
		}
		kept = append(kept, e)
	}
	return kept
}
