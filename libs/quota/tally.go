package quota

// Tally sums up what arrived. The zero value is empty. Not safe for concurrent
// use.
type Tally struct {
	items map[place]int64
}

// place is where items are counted.
type place struct {
	tenant string
	day    Day
}

// Add adds items, which may be fewer than none.
func (t *Tally) Add(tenant string, day Day, items int64) {
	if items == 0 {
		return
	}
	if t.items == nil {
		t.items = map[place]int64{}
	}
	t.items[place{tenant, day}] += items
}

// Of returns how many items of a tenant there are of a day.
func (t *Tally) Of(tenant string, day Day) int64 { return t.items[place{tenant, day}] }

// All returns everything, in no order.
func (t *Tally) All() []Arrived {
	all := make([]Arrived, 0, len(t.items))
	for at, items := range t.items {
		all = append(all, Arrived{Tenant: at.tenant, Day: at.day, Items: items})
	}
	return all
}

// Forget drops the days before one.
func (t *Tally) Forget(before Day) {
	for at := range t.items {
		if at.day < before {
			delete(t.items, at)
		}
	}
}

// Reset empties the tally.
func (t *Tally) Reset() { clear(t.items) }
