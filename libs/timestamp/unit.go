package timestamp

// unit is one that timestamps are sent in by mistake.
type unit struct {
	name string
	// factor makes nanoseconds of it.
	factor string
	// below is the first number that is not in this unit.
	below int64
}

// minUnit is the first number that is in any unit: 1973-03-03 in seconds.
const minUnit = 100_000_000

// units are told apart by what they make of the years 1973 to 5138.
var units = []unit{
	{"seconds", "1,000,000,000", 1e11},
	{"milliseconds", "1,000,000", 1e14},
	{"microseconds", "1,000", first},
}

// unitOf returns the unit that a timestamp is plainly in, or nil.
func unitOf(t int64) *unit {
	if t < minUnit {
		return nil
	}
	for i := range units {
		if t < units[i].below {
			return &units[i]
		}
	}
	return nil
}
