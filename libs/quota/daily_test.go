package quota_test

import (
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/quota"
)

// points is a quota of 10 points a day, 100 for acme and none for free.
func points(refused func()) *quota.Daily {
	return quota.NewDaily(quota.DailyConfig{
		Quota: "points_per_day", Items: "points", Refused: refused, Now: time.Now,
		Limits: quota.Limits{Default: 10, Tenants: map[string]int64{"acme": 100, "free": 0}},
	})
}

func TestAQuotaIsUsedUpToTheLastItem(t *testing.T) {
	refusals := 0
	d, now := points(func() { refusals++ }), time.Now()
	require.NoError(t, d.Take("acme", now, 99))
	require.Error(t, d.Take("acme", now, 2))
	require.NoError(t, d.Check("acme"))
	require.NoError(t, d.Take("acme", now, 1))
	require.Error(t, d.Check("acme"))
	require.NoError(t, d.Take("acme", now, 0), "a frame without an accepted item")
	require.NoError(t, d.Take("beta", now, 10), "another tenant")
	require.NoError(t, d.Take("free", now, 1<<62))
	require.NoError(t, d.Take("free", now, 1<<60))
	require.NoError(t, d.Check("free"))
	require.Equal(t, 2, refusals)
	d.GiveBack("acme", now, 40)
	require.NoError(t, d.Take("acme", now, 40))
}

func TestARefusalLastsUntilMidnight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) { // It begins at midnight, UTC.
		d := points(func() {})
		time.Sleep(18 * time.Hour)
		require.NoError(t, d.Take("beta", time.Now(), 10))
		for _, err := range []error{d.Take("beta", time.Now(), 1), d.Check("beta")} {
			refusal := problem.Of(err)
			require.Equal(t, problem.QuotaExceeded, refusal.Reason)
			require.Equal(t, 6*time.Hour, refusal.RetryAfter)
			require.Len(t, refusal.Violations, 1)
			require.Equal(t, "tenant", refusal.Violations[0].Subject)
			require.Equal(t, "quotas.points_per_day", refusal.Violations[0].Limit)
			require.EqualValues(t, 10, refusal.Violations[0].Value)
		}
		time.Sleep(6*time.Hour - time.Nanosecond)
		require.Error(t, d.Check("beta"))
		time.Sleep(time.Nanosecond)
		require.NoError(t, d.Check("beta"))
		require.NoError(t, d.Take("beta", time.Now(), 10))
	})
}

func TestAFrameBeyondTheWholeQuotaIsNotToBeRetried(t *testing.T) {
	err := points(func() {}).Take("beta", time.Now(), 11)
	require.Equal(t, problem.QuotaExceeded, problem.ReasonOf(err))
	require.Zero(t, problem.Of(err).RetryAfter)
	require.ErrorContains(t, err, "send smaller frames")
}

func TestWhatIsGivenBackAfterMidnightIsYesterdays(t *testing.T) {
	evening := time.Date(2026, 11, 23, 23, 59, 59, 0, time.UTC)
	morning := evening.Add(2 * time.Second)
	d := points(func() {})
	require.NoError(t, d.Take("beta", evening, 6))
	require.NoError(t, d.Take("beta", morning, 5))
	d.GiveBack("beta", evening, 6)
	require.EqualValues(t, 5, d.Used("beta", quota.DayOf(morning)))
	require.Zero(t, d.Used("beta", quota.DayOf(evening)))
}

func TestADayThatWasForgottenHasNothingToGiveBack(t *testing.T) {
	then := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	d := points(func() {})
	require.NoError(t, d.Take("beta", then, 6))
	require.NoError(t, d.Take("beta", then.Add(48*time.Hour), 1))
	d.GiveBack("beta", then, 6)
	require.Zero(t, d.Used("beta", quota.DayOf(then)))
}

func TestUsageIsOfToday(t *testing.T) {
	d, now := points(func() {}), time.Now()
	today := quota.DayOf(now)
	d.Restore(quota.Arrived{Tenant: "acme", Day: today - 1, Items: 5}, quota.Arrived{Tenant: "acme", Day: today, Items: 7})
	d.Recover("acme", now, 2)
	usage, err := d.Usage(t.Context(), "acme")
	require.NoError(t, err)
	require.Equal(t, []quota.Usage{{Quota: "points_per_day", Used: 9, Limit: 100, ResetAt: today.End()}}, usage)
}

func TestNeverMoreThanTheLimitIsTakenByMany(t *testing.T) {
	d, now := points(func() {}), time.Now()
	var taken sync.WaitGroup
	for range 8 {
		taken.Go(func() {
			for range 100 {
				if d.Take("acme", now, 3) == nil && now.Nanosecond()%2 == 0 {
					d.GiveBack("acme", now, 3)
				}
				_ = d.Take("acme", now, 2)
			}
		})
	}
	taken.Wait()
	require.LessOrEqual(t, d.Used("acme", quota.DayOf(now)), int64(100))
	require.Greater(t, d.Used("acme", quota.DayOf(now)), int64(97))
}

// TestADailyCountsLikeAMap compares takings of two tenants over some days, which
// come in the order of time, with a map.
func TestADailyCountsLikeAMap(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		type place struct {
			tenant string
			day    quota.Day
		}
		d, want := points(func() {}), map[place]int64{}
		now := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		tenants := map[string]int64{"acme": 100, "beta": 10, "free": 1 << 62}
		t.Repeat(map[string]func(*rapid.T){
			"take": func(t *rapid.T) {
				tenant := rapid.SampledFrom([]string{"acme", "beta", "free"}).Draw(t, "tenant")
				items := rapid.Int64Range(0, 30).Draw(t, "items")
				at := place{tenant, quota.DayOf(now)}
				fits := items == 0 || want[at]+items <= tenants[tenant]
				require.Equal(t, fits, d.Take(tenant, now, items) == nil)
				if fits {
					want[at] += items
				}
			},
			"give back": func(t *rapid.T) {
				tenant := rapid.SampledFrom([]string{"acme", "beta", "free"}).Draw(t, "tenant")
				yesterday := rapid.Bool().Draw(t, "yesterday")
				at, moment := place{tenant, quota.DayOf(now)}, now
				if yesterday {
					at.day, moment = at.day-1, now.Add(-24*time.Hour)
				}
				items := rapid.Int64Range(0, want[at]).Draw(t, "items")
				d.GiveBack(tenant, moment, items)
				want[at] -= items
			},
			"wait": func(t *rapid.T) { now = now.Add(time.Duration(rapid.IntRange(1, 23).Draw(t, "hours")) * time.Hour) },
			"": func(t *rapid.T) {
				for tenant := range tenants {
					at := place{tenant, quota.DayOf(now)}
					require.Equal(t, want[at], d.Used(at.tenant, at.day))
				}
			},
		})
	})
}
