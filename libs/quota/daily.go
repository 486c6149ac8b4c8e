package quota

import (
	"context"
	"sync"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// DailyConfig says what a [Daily] counts. All fields are required.
type DailyConfig struct {
	// Quota is its name: "points_per_day". Its key in the configuration is that in
	// the section quotas.
	Quota string
	// Items is what it counts, in the plural: "points".
	Items  string
	Limits Limits
	// Refused is called for each refusal, and must not block.
	Refused func()
	Now     func() time.Time
}

// Daily is the quota of the items that a tenant may bring a day, in UTC and by
// their arrival. It counts also where there is no limit. It is the meter of a
// service's producers. Safe for concurrent use.
type Daily struct {
	config DailyConfig

	mu sync.Mutex
	// arrived has the newest day, and the one before it for what is given back
	// after midnight; it and newest are guarded by mu.
	arrived Tally
	newest  Day
}

// NewDaily returns a quota of which nothing is used.
func NewDaily(config DailyConfig) *Daily { return &Daily{config: config} }

// Restore adds what arrived before the process began. Nothing is refused.
func (d *Daily) Restore(arrived ...Arrived) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for _, a := range arrived {
		d.add(a.Tenant, a.Day, a.Items)
	}
}

// Recover adds what arrived at a moment before the process began.
func (d *Daily) Recover(tenant string, at time.Time, items int64) {
	d.Restore(Arrived{Tenant: tenant, Day: DayOf(at), Items: items})
}

// Check refuses a tenant that has used up its quota of the day that it is now.
func (d *Daily) Check(tenant string) error {
	limit := d.config.Limits.Of(tenant)
	now := d.config.Now()
	if limit == 0 || d.Used(tenant, DayOf(now)) < limit {
		return nil
	}
	return d.refuse(limit, now)
}

// Take counts items that arrive at a moment, all of them or none: it fails with
// reason QUOTA_EXCEEDED when they would go beyond the tenant's limit. Taking none
// never fails.
func (d *Daily) Take(tenant string, at time.Time, items int64) error {
	if items == 0 {
		return nil
	}
	limit := d.config.Limits.Of(tenant)
	if d.tryTake(tenant, DayOf(at), items, limit) {
		return nil
	}
	if items > limit {
		d.config.Refused()
		return Exceeded(d.key(), limit, "the frame has %d %s, and the tenant may bring %d a day; send smaller frames",
			items, d.config.Items, limit)
	}
	return d.refuse(limit, at)
}

func (d *Daily) tryTake(tenant string, day Day, items, limit int64) bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	if limit > 0 && items > limit-d.arrived.Of(tenant, day) {
		return false
	}
	d.add(tenant, day, items)
	return true
}

// GiveBack takes back what was taken at a moment and did not become durable.
func (d *Daily) GiveBack(tenant string, at time.Time, items int64) {
	d.mu.Lock()
	defer d.mu.Unlock()
	// A day that was forgotten has nothing to give back to.
	if day := DayOf(at); d.arrived.Of(tenant, day) >= items {
		d.arrived.Add(tenant, day, -items)
	}
}

// add counts items; mu is held.
func (d *Daily) add(tenant string, day Day, items int64) {
	if day > d.newest {
		d.newest = day
		d.arrived.Forget(day - 1)
	}
	d.arrived.Add(tenant, day, items)
}

// Used returns how many items of a tenant arrived on a day: today or the day
// before.
func (d *Daily) Used(tenant string, day Day) int64 {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.arrived.Of(tenant, day)
}

// Usage implements [Source].
func (d *Daily) Usage(_ context.Context, tenant string) ([]Usage, error) {
	today := DayOf(d.config.Now())
	return []Usage{{
		Quota: d.config.Quota, Used: d.Used(tenant, today), Limit: d.config.Limits.Of(tenant), ResetAt: today.End(),
	}}, nil
}

func (d *Daily) key() string { return section + d.config.Quota }

func (d *Daily) refuse(limit int64, now time.Time) *problem.Error {
	d.config.Refused()
	end := DayOf(now).End()
	refusal := Exceeded(d.key(), limit, "the tenant's quota of %d %s a day is used up; resume at %s",
		limit, d.config.Items, end.Format(time.RFC3339))
	refusal.RetryAfter = end.Sub(now)
	return refusal
}
