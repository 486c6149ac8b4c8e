// Package gate decides at the start of a call whether those on whose account it
// goes may make it: how many calls each may start a second, and how many
// streams each may hold open.
package gate

import (
	"errors"
	"fmt"
	"math"
)

// Bounds of one account. 0 is no bound.
type Bounds struct {
	// CallsPerSecond that may be started in the long run.
	CallsPerSecond float64
	// Burst is how many calls may be started at once after a pause. 0 is two
	// seconds' worth, at least 1.
	Burst int
	// Streams that may be open at once.
	Streams int
}

// None tells whether nothing is bounded.
func (b Bounds) None() bool { return b.CallsPerSecond == 0 && b.Streams == 0 }

// Validate returns every bound that can't be, by its key in the section of the
// configuration.
func (b Bounds) Validate(section string) error {
	errs := []error{CheckRate(section+".calls_per_second", b.CallsPerSecond)}
	if b.Burst < 0 {
		errs = append(errs, fmt.Errorf("%s.burst must not be negative", section))
	}
	if b.Burst > 0 && b.CallsPerSecond == 0 {
		errs = append(errs, fmt.Errorf("%s.burst does nothing without %s.calls_per_second: set both or neither", section, section))
	}
	if b.Streams < 0 {
		errs = append(errs, fmt.Errorf("%s.streams must be 0 or a positive number", section))
	}
	return errors.Join(errs...)
}

// CheckRate returns an error that names the key when a rate can't be.
func CheckRate(key string, perSecond float64) error {
	if perSecond < 0 || math.IsNaN(perSecond) || math.IsInf(perSecond, 0) {
		return fmt.Errorf("%s must be 0 or a positive number", key)
	}
	return nil
}

func (b Bounds) burst() int {
	if b.Burst > 0 {
		return b.Burst
	}
	return max(1, int(min(2*b.CallsPerSecond, math.MaxInt32)))
}
