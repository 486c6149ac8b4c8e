package framestest

import (
	"sync/atomic"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// LimitedTenant is the tenant that may bring [LimitedItems] items a day. No other
// has a limit.
const (
	LimitedTenant = "limited"
	LimitedItems  = 5
)

// Gate is by what a service under test refuses new work: its quota, its disk and
// its clock, which the suite turns. Safe for concurrent use.
type Gate struct {
	// Quota is that of the service's producers.
	Quota *quota.Daily

	low atomic.Bool
	// ahead is how much later it is than it is, in nanoseconds.
	ahead atomic.Int64
}

// NewGate returns a gate that refuses only what goes beyond the quota of
// [LimitedTenant].
func NewGate() *Gate {
	g := &Gate{}
	const longestTest = 10 * time.Minute
	if now := time.Now(); quota.DayOf(now) != quota.DayOf(now.Add(longestTest)) {
		g.pass(longestTest) // Midnight comes when a test wants it.
	}
	g.Quota = quota.NewDaily(quota.DailyConfig{
		Quota: "items_per_day", Items: "items", Refused: func() {}, Now: g.Now,
		Limits: quota.Limits{Tenants: map[string]int64{LimitedTenant: LimitedItems}},
	})
	return g
}

// Now is the clock of the service's intake.
func (g *Gate) Now() time.Time { return time.Now().Add(time.Duration(g.ahead.Load())) }

// NewWork is the NewWork of the service's [frames.Server].
func (g *Gate) NewWork() error {
	if g.low.Load() {
		return problem.New(problem.StorageLow, "the disk is low on space")
	}
	return nil
}

// pass lets time pass.
func (g *Gate) pass(d time.Duration) { g.ahead.Add(int64(d)) }
