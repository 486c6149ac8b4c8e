// Package bench measures a Sluice service with the machine's own floor beside
// it.
package bench

import (
	"math"
	"slices"
	"time"
)

// Figure is one measured thing.
type Figure struct {
	Name string `json:"name"`
	// Value is the median of Runs.
	Value float64 `json:"value"`
	Unit  string  `json:"unit"`
	// Runs are the single values in the order they were measured.
	Runs []float64 `json:"runs"`
}

// newFigure keeps values to three decimals: no measurement here is better.
func newFigure(name, unit string, runs []float64) Figure {
	rounded := make([]float64, 0, len(runs))
	for _, value := range runs {
		rounded = append(rounded, math.Round(value*1000)/1000)
	}
	return Figure{Name: name, Value: median(rounded), Unit: unit, Runs: rounded}
}

// median of at least one value; of an even number the lower of the middle two,
// which was measured.
func median(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[(len(sorted)-1)/2]
}

// percentile of at least one value: the smallest that so large a share is not
// above.
func percentile(values []time.Duration, share float64) time.Duration {
	sorted := slices.Sorted(slices.Values(values))
	return sorted[max(0, int(math.Ceil(share*float64(len(sorted))))-1)]
}
