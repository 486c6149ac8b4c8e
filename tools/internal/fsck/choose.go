package fsck

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/journal"
)

// choice is a schema and why it was taken.
type choice struct {
	schema schema
	reason string
}

// choose takes the schema of the only store beside the journal, or else the one
// that fits most records.
func choose(f folder, keys journal.Keys) (choice, error) {
	if len(f.stores) == 1 {
		s := f.stores[0]
		return choice{s, s.storeFile() + " stands beside the journal"}, nil
	}
	var candidates []*candidate
	for _, s := range schemas() {
		candidates = append(candidates, &candidate{schema: s})
	}
	records := int64(0)
	err := eachRecord(f.journal, keys, func(r journal.Record, damage error) error {
		if damage == nil && !isUnread(r) {
			records++
			for _, c := range candidates {
				c.try(r.Data)
			}
		}
		return nil
	})
	if err != nil {
		return choice{}, err
	}
	slices.SortStableFunc(candidates, (*candidate).compare)
	best := candidates[0]
	return choice{best.schema, best.reason(candidates[1], records)}, nil
}

// candidate counts the records that fit a schema, and those of them that have
// more than it knows.
type candidate struct {
	schema      schema
	fits, newer int64
}

func (c *candidate) try(data []byte) {
	d, err := c.schema.decode(data)
	if err != nil {
		return
	}
	c.fits++
	if d.newer {
		c.newer++
	}
}

// compare has the better one first.
func (c *candidate) compare(other *candidate) int {
	return cmp.Or(cmp.Compare(other.fits, c.fits), cmp.Compare(c.newer, other.newer))
}

// reason tells why c was taken and not the next best.
func (c *candidate) reason(next *candidate, records int64) string {
	switch {
	case records == 0:
		return "nothing tells; there is no record"
	case c.compare(next) == 0:
		return "nothing tells; the records fit a " + next.schema.service().Title() + " just as well"
	case c.fits == records:
		return "by what the records say"
	}
	return fmt.Sprintf("%s of %s records fit", humanize.Comma(c.fits), humanize.Comma(records))
}
