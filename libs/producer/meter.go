package producer

import "time"

// Accepted is the outcome of the items that were taken in, the same in every
// service. All other outcomes a service numbers as it likes.
const Accepted int32 = 0

// Taken returns how many of a frame's items were taken in.
func Taken(counts []Count) (items int64) {
	for _, c := range counts {
		if c.Outcome == Accepted {
			items += c.Items
		}
	}
	return items
}

// Meter counts the items that tenants bring, and may refuse some. It is called
// with a producer's lock held, so it must not block. Safe for concurrent use.
type Meter interface {
	// Check refuses a tenant that may bring nothing more now.
	Check(tenant string) error
	// Take counts the items of a frame, or refuses them all.
	Take(tenant string, at time.Time, items int64) error
	// GiveBack takes back what was taken of a frame that did not become durable.
	GiveBack(tenant string, at time.Time, items int64)
	// Recover counts the items of a durable frame that the store lacks.
	Recover(tenant string, at time.Time, items int64)
}

// noMeter refuses nothing.
type noMeter struct{}

func (noMeter) Check(string) error                  { return nil }
func (noMeter) Take(string, time.Time, int64) error { return nil }
func (noMeter) GiveBack(string, time.Time, int64)   {}
func (noMeter) Recover(string, time.Time, int64)    {}

// CountWith has the items of all frames counted. It is called before anything
// else; without it nothing is counted or refused.
func (ps *Producers) CountWith(meter Meter) { ps.meter = meter }

// CheckTenant refuses a tenant that may bring nothing more now, with the error of
// the meter.
func (ps *Producers) CheckTenant(tenant string) error { return ps.meter.Check(tenant) }
