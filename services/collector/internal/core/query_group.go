package core

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// maxGroupTags is the largest number of tags that a query groups by.
const maxGroupTags = 8

// Grouping says what statistics are summed up by; the zero value means that all
// samples are one group.
type Grouping struct {
	BySource, ByMetric bool
	// ByTags are the names of tags.
	ByTags []string
}

func (g *Grouping) check() error {
	if len(g.ByTags) > maxGroupTags {
		return problem.InField(problem.FieldInvalid, "by_tags", "has %d names; at most %d are taken", len(g.ByTags), maxGroupTags)
	}
	for i, name := range g.ByTags {
		field := fmt.Sprintf("by_tags[%d]", i)
		if err := checkTagName(field, name); err != nil {
			return err
		}
		if slices.Contains(g.ByTags[:i], name) {
			return problem.InField(problem.FieldInvalid, field, "repeats %s; name each tag once", problem.Echo(name))
		}
	}
	return nil
}

// GroupKey names a group. What the query does not group by is empty.
type GroupKey struct {
	Source, Metric string
	// Tags are those that the query groups by, in its order. A tag that the
	// series of the group don't have has the empty value.
	Tags []Tag
}

func (k *GroupKey) compare(other *GroupKey) int {
	return cmp.Or(
		cmp.Compare(k.Source, other.Source),
		cmp.Compare(k.Metric, other.Metric),
		slices.CompareFunc(k.Tags, other.Tags, func(a, b Tag) int { return cmp.Compare(a.Value, b.Value) }),
	)
}

// groups are series by group.
type groups struct {
	// series in ascending order, without those that are not there any more.
	series []SeriesID
	// of has the group of each series.
	of []int32
	// keys of the groups, in their order.
	keys []GroupKey
}

func (g *Grouping) group(index SeriesIndex, ids []SeriesID) groups {
	made := groups{series: make([]SeriesID, 0, len(ids)), of: make([]int32, 0, len(ids))}
	numbers := map[string]int32{}
	var text []byte
	for _, id := range ids {
		series, there := index.Series(id)
		if !there {
			continue
		}
		text = g.appendKey(text[:0], &series)
		number, known := numbers[string(text)]
		if !known {
			number = int32(len(made.keys))
			numbers[string(text)] = number
			made.keys = append(made.keys, g.keyOf(&series))
		}
		made.series = append(made.series, id)
		made.of = append(made.of, number)
	}
	made.sort()
	return made
}

// appendKey appends what tells the group of the series from others.
func (g *Grouping) appendKey(text []byte, s *Series) []byte {
	if g.BySource {
		text = appendText(text, s.Source)
	}
	if g.ByMetric {
		text = appendText(text, s.Metric)
	}
	for _, name := range g.ByTags {
		text = appendText(text, tagValue(s, name))
	}
	return text
}

func appendText(text []byte, s string) []byte {
	return append(binary.AppendUvarint(text, uint64(len(s))), s...)
}

func (g *Grouping) keyOf(s *Series) GroupKey {
	var key GroupKey
	if g.BySource {
		key.Source = s.Source
	}
	if g.ByMetric {
		key.Metric = s.Metric
	}
	for _, name := range g.ByTags {
		key.Tags = append(key.Tags, Tag{Name: name, Value: tagValue(s, name)})
	}
	return key
}

// sort numbers the groups in the order of their keys.
func (g *groups) sort() {
	order := make([]int32, len(g.keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(a, b int32) int { return g.keys[a].compare(&g.keys[b]) })
	keys, number := make([]GroupKey, len(order)), make([]int32, len(order))
	for place, old := range order {
		keys[place], number[old] = g.keys[old], int32(place)
	}
	g.keys = keys
	for i, old := range g.of {
		g.of[i] = number[old]
	}
}

// tagValue returns the value of a tag, which is empty without it.
func tagValue(s *Series, name string) string {
	for _, tag := range s.Tags {
		if tag.Name == name {
			return tag.Value
		}
	}
	return ""
}
