package quota

import "time"

// Day is a day in UTC: the number of days since 1970-01-01.
type Day int64

const secondsOfDay = 24 * 60 * 60

// DayOf returns the day of a moment.
func DayOf(t time.Time) Day {
	seconds := t.Unix()
	day := seconds / secondsOfDay
	if seconds%secondsOfDay < 0 {
		day--
	}
	return Day(day)
}

// End is when the next day begins.
func (d Day) End() time.Time { return time.Unix(int64(d+1)*secondsOfDay, 0).UTC() }

// Arrived is how many items of a tenant arrived on a day.
type Arrived struct {
	Tenant string
	Day    Day
	Items  int64
}
