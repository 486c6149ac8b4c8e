package storetest

import (
	"fmt"
	"math"
	"math/rand/v2"
	"regexp"

	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/query"
	"github.com/sluice-ingest/sluice/services/logagg/internal/core"
	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
)

// randomOf is a source of numbers that are the same in every run.
func randomOf(seed uint64) *rand.Rand {
	return rand.New(rand.NewPCG(seed, seed)) //nolint:gosec // a test is to be repeatable
}

func pick[T any](r *rand.Rand, values ...T) T { return values[r.IntN(len(values))] }

var levels = []entry.Level{entry.Unspecified, entry.Trace, entry.Debug, entry.Info, entry.Warn, entry.Error, entry.Fatal}

// randomEntry makes an entry of few different parts, so that conditions hit
// some of them, and timestamps are equal now and then.
func randomEntry(r *rand.Rand) entry.Entry {
	e := entry.Entry{
		Application: pick(r, "shop", "cart", "Shop"), Level: pick(r, levels...), Timestamp: r.Int64N(300) - 100,
		Category: pick(r, "", "", "slow", "broken"), Redacted: r.IntN(5) == 0, Message: randomMessage(r),
	}
	if r.IntN(20) == 0 {
		e.Timestamp *= 1e15
	}
	for _, name := range []string{"host", "path", "id"} {
		if r.IntN(3) > 0 {
			e.Fields = append(e.Fields, entry.Field{Name: name, Value: randomValue(r)})
		}
	}
	return e
}

func randomMessage(r *rand.Rand) string {
	if r.IntN(10) == 0 {
		return pick(r, oddTexts...)
	}
	return fmt.Sprintf("%s /%s/%d took %dms%s", pick(r, "GET", "get", "POST"), pick(r, "orders", "Orders", "süß"), r.IntN(20), r.IntN(9),
		pick(r, "", " ok", "\nfailed: 0x1F", " id=00ff00aa"))
}

func randomValue(r *rand.Rand) string {
	if r.IntN(10) == 0 {
		return pick(r, oddTexts...)
	}
	return pick(r, "", "a-1", "a-2", "A-1", "b", fmt.Sprint(r.IntN(30)))
}

// randomFilter makes a filter of some conditions.
func randomFilter(r *rand.Rand) core.Filter {
	f := all()
	if r.IntN(3) == 0 {
		f.Start = r.Int64N(300) - 100
	}
	if r.IntN(3) == 0 {
		f.End = r.Int64N(300) - 100
	}
	if r.IntN(4) == 0 {
		f.Applications = []string{pick(r, "shop", "cart", "none"), pick(r, "shop", "'")}
	}
	if r.IntN(4) == 0 {
		f.Granted = pick(r, principal.Patterns{"sh*"}, principal.Patterns{"shop", "none"}, principal.Patterns{"*"}, principal.Patterns{"%", "s_*", ".*"})
	}
	if r.IntN(4) == 0 {
		f.Minimum = pick(r, levels...)
	}
	if r.IntN(5) == 0 {
		f.Categories = []string{pick(r, "", "slow"), pick(r, "", "broken", "none")}
	}
	for r.IntN(3) == 0 {
		f.Fields = append(f.Fields, randomFieldMatcher(r))
	}
	for r.IntN(3) == 0 {
		f.Texts = append(f.Texts, core.TextMatcher{
			Text:       pick(r, "/orders/", "ORDERS", " took ", "took", "ß/1", "/7 ", "ms\nfail", "\x00", "%", "id=00ff00aa", "GET /"),
			IgnoreCase: r.IntN(2) == 0, Negated: r.IntN(4) == 0,
		})
	}
	return f
}

func randomFieldMatcher(r *rand.Rand) core.FieldMatcher {
	m := core.FieldMatcher{Name: pick(r, "host", "path", "id", "none"), Comparison: query.Comparison{Negated: r.IntN(3) == 0}}
	if r.IntN(2) == 0 {
		m.Value = randomValue(r)
		return m
	}
	m.Value = pick(r, "a-.", ".*", "", "[0-9]+", "(?i)a-1", "line.*", ".", `\x00`)
	m.Pattern = regexp.MustCompile("^(?s:" + m.Value + ")$")
	return m
}

// randomSearch makes a search whose pages may be small.
func randomSearch(r *rand.Rand) core.Search {
	return core.Search{
		Tenant: tenant, Filter: randomFilter(r), OldestFirst: r.IntN(2) == 0,
		Limit: pick(r, 7, 100, 1_000), Bytes: pick(r, 50, 3_000, math.MaxInt32),
	}
}
