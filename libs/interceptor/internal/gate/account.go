package gate

import (
	"math"
	"time"

	"golang.org/x/time/rate"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// retryStreams is when a caller with too many streams should try again: nobody
// knows when one of them ends.
const retryStreams = time.Second

// Account is what an owner has used of its bounds. Not safe for concurrent use.
type Account struct {
	subject string
	bounds  Bounds
	// calls is nil without a bound on them.
	calls   *rate.Limiter
	streams int
}

// NewAccount returns an account that has used nothing. subject says whose it
// is, in refusals: "address", "principal" or "tenant", the section "limits.<subject>"
// of the configuration.
func NewAccount(subject string, bounds Bounds) *Account {
	a := &Account{subject: subject, bounds: bounds}
	if bounds.CallsPerSecond > 0 {
		a.calls = rate.NewLimiter(rate.Limit(bounds.CallsPerSecond), bounds.burst())
	}
	return a
}

// Admit enters a call in all the accounts, or in none and returns the refusal,
// which costs nothing. A stream stays open until [Account.Ended].
func Admit(now time.Time, stream bool, accounts ...*Account) error {
	for _, a := range accounts {
		if refusal := a.refuse(now, stream); refusal != nil {
			refusal.RetryAfter = max(refusal.RetryAfter, longest(now, accounts))
			return refusal
		}
	}
	for _, a := range accounts {
		a.enter(now, stream)
	}
	return nil
}

// Ended tells that a stream has ended.
func (a *Account) Ended() { a.streams-- }

func (a *Account) refuse(now time.Time, stream bool) *problem.Error {
	if a.wait(now) > 0 {
		refusal := problem.New(problem.RateLimited, "the %s may start %g calls a second; wait before the next one", a.subject, a.bounds.CallsPerSecond)
		refusal.Violations = []problem.Violation{a.violation("calls_per_second", int64(min(a.bounds.CallsPerSecond, math.MaxInt32)), "calls started a second")}
		return refusal
	}
	if stream && a.bounds.Streams > 0 && a.streams >= a.bounds.Streams {
		refusal := problem.New(problem.TooManyStreams, "the %s may have %d streams open; end one before the next", a.subject, a.bounds.Streams)
		refusal.RetryAfter = retryStreams
		refusal.Violations = []problem.Violation{a.violation("streams", int64(a.bounds.Streams), "streams open at once")}
		return refusal
	}
	return nil
}

func (a *Account) violation(key string, value int64, what string) problem.Violation {
	return problem.Violation{Subject: a.subject, Limit: "limits." + a.subject + "." + key, Value: value, Description: what + " of one " + a.subject}
}

func (a *Account) enter(now time.Time, stream bool) {
	if a.calls != nil {
		a.calls.AllowN(now, 1)
	}
	if stream {
		a.streams++
	}
}

// longest returns how long it takes until each account has a call left.
func longest(now time.Time, accounts []*Account) time.Duration {
	var wait time.Duration
	for _, a := range accounts {
		wait = max(wait, a.wait(now))
	}
	return wait
}

// wait returns how long it takes until the account has a call left.
func (a *Account) wait(now time.Time) time.Duration {
	if a.calls == nil {
		return 0
	}
	missing := 1 - a.calls.TokensAt(now)
	if missing <= 0 {
		return 0
	}
	wait := math.Ceil(missing * float64(time.Second) / a.bounds.CallsPerSecond)
	if wait >= math.MaxInt64 {
		return math.MaxInt64
	}
	return time.Duration(wait)
}
