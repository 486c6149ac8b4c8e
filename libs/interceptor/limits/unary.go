package limits

import (
	"math"
	"time"

	"google.golang.org/protobuf/proto"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// reserve is what unary calls may use beyond streams, in time's worth of a rate.
const reserve = time.Second

// takeUnary charges the members for the request of a unary call, or refuses it
// when a rate is exceeded, which costs nothing.
func takeUnary(now time.Duration, request any, members ...*member) error {
	bytes := sizeFor(request, members)
	for _, m := range members {
		for _, p := range []*pacer{m.messages, m.bytes} {
			if err := p.refuse(now); err != nil {
				return err
			}
		}
	}
	for _, m := range members {
		m.messages.charge(now, 1)
		m.bytes.charge(now, float64(bytes))
	}
	return nil
}

// sizeFor returns the size of a request, and 0 when nobody asks.
func sizeFor(request any, members []*member) int {
	for _, m := range members {
		if encoded, ok := request.(proto.Message); ok && m.bytes != nil {
			return proto.Size(encoded)
		}
	}
	return 0
}

// refuse returns the refusal of a unary call, or nil. A nil pacer refuses none.
func (p *pacer) refuse(now time.Duration) error {
	wait := p.excess(now)
	if wait == 0 {
		return nil
	}
	refusal := problem.New(problem.RateLimited, "the %s has sent more than %s allows; wait before the next call", p.subject, p.key)
	refusal.RetryAfter = wait
	refusal.Violations = []problem.Violation{{
		Subject: p.subject, Limit: p.key, Value: int64(min(p.perSecond, math.MaxInt64/2)),
		Description: "received from one " + p.subject + " in a second",
	}}
	return refusal
}

// excess returns how long a unary call would have to wait, 0 for not at all.
func (p *pacer) excess(now time.Duration) time.Duration {
	if p == nil {
		return 0
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	return max(0, p.unpaid(now)-turn-reserve)
}

// charge takes what a unary call uses from all streams.
func (p *pacer) charge(now time.Duration, units float64) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.use(now, p.cost(units))
	p.rearm(now)
}
