package core

import (
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// checkExpiry looks at when a file is to be removed that is kept since a moment;
// zero asks for what the policy says.
func (p *Policy) checkExpiry(at, since, now time.Time) error {
	if at.IsZero() {
		return nil
	}
	if !at.After(now) {
		return problem.InField(problem.FieldInvalid, "expire_time", "lies in the past; leave it unset to keep the file as long as may be")
	}
	if latest := since.Add(p.MaxExpiry); p.MaxExpiry > 0 && at.After(latest) {
		return p.keptTooLong(latest)
	}
	return nil
}

// checkForGood refuses to keep a file without end.
func (p *Policy) checkForGood(since time.Time) error {
	if p.MaxExpiry == 0 {
		return nil
	}
	return p.keptTooLong(since.Add(p.MaxExpiry))
}

func (p *Policy) keptTooLong(latest time.Time) error {
	return problem.InField(problem.FieldInvalid, "expire_time",
		"is too late: files are kept for at most %v here; give a time of at most %s", p.MaxExpiry, latest.UTC().Format(time.RFC3339))
}

// expiry is when a file is removed that is made now and for which its uploader
// wishes that moment, if any; zero for never.
func (p *Policy) expiry(wish, now time.Time) time.Time {
	keep := p.Expiry
	if keep == 0 {
		keep = p.MaxExpiry
	}
	if !wish.IsZero() || keep == 0 {
		return wish
	}
	return now.Add(keep).UTC().Truncate(time.Microsecond)
}
