package duckdb

import (
	"fmt"
	"math"
)

// Values whose size is at least huge can overflow in a sum or a square. Where a
// query meets some it is run again in such a way that the groups without any
// are computed from the values as they are, and those with some from the values
// times scale, a power of two, which loses nothing that matters beside them.
const (
	huge  = "1e150"
	scale = "pow(2.0, -600)"
)

// The aggregates of a column named value. favg sums up with compensation;
// stddev_pop is Welford's method.
var (
	plainMean   = "favg(value)"
	plainSpread = "stddev_pop(value)"
	plainRanks  = "quantile_cont(value, [0.5, 0.9, 0.95, 0.99])"

	scaledMean   = scaled("least(greatest(%s, min(value)), max(value))", "favg(%s)")
	scaledSpread = scaled("%s", "stddev_pop(%s)")
)

// scaled is an aggregate that holds for values of any size. bounded keeps the
// one of huge values where rounding could carry it away.
func scaled(bounded, aggregate string) string {
	plain := fmt.Sprintf(aggregate, "value") + " FILTER (abs(value) < " + huge + ")"
	small := fmt.Sprintf(aggregate, "value * "+scale) + " / " + scale
	return fmt.Sprintf("CASE WHEN greatest(max(value), -min(value)) < %s THEN %s ELSE %s END",
		huge, plain, fmt.Sprintf(bounded, small))
}

func isFinite(x float64) bool { return !math.IsInf(x, 0) && !math.IsNaN(x) }
