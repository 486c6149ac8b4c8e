package limits

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// newPacer returns a pacer on the clock of the bubble that calls it.
func newPacer(perSecond float64) *pacer {
	m := maker{subject: "tenant", clock: clock(time.Now()), throttled: newThrottled("test", prometheus.NewRegistry())}
	return m.pacer("bytes_per_second", perSecond)
}

// sender sends messages of one size as fast as it may.
type sender struct {
	bytes float64
	// between is the time that it takes to come with the next message.
	between time.Duration
	// renew makes every message the first of a new stream.
	renew bool
}

// run sends until the context ends and returns the units that were let go after
// the warm-up.
func (s sender) run(ctx context.Context, p *pacer, warm time.Duration) float64 {
	var f flow
	sent := 0.0
	for ctx.Err() == nil {
		if s.renew {
			f = flow{}
		}
		now, err := p.take(ctx, &f, p.clock.now(), s.bytes)
		if err != nil {
			return sent
		}
		if now >= warm {
			sent += s.bytes
		}
		if s.between > 0 {
			<-time.After(s.between)
		}
	}
	return sent
}

// share lets all send for a time and returns what each sent in it. The burst at
// the beginning does not count.
func share(t *testing.T, perSecond float64, lasting time.Duration, senders []sender) []float64 {
	t.Helper()
	sent := make([]float64, len(senders))
	synctest.Test(t, func(t *testing.T) {
		const warm = 3 * time.Second
		p := newPacer(perSecond)
		ctx, cancel := context.WithTimeout(t.Context(), warm+lasting)
		defer cancel()
		done := make(chan struct{})
		for i, s := range senders {
			go func() {
				defer func() { done <- struct{}{} }()
				sent[i] = s.run(ctx, p, warm)
			}()
		}
		for range senders {
			<-done
		}
	})
	return sent
}

func sum(parts []float64) float64 {
	total := 0.0
	for _, part := range parts {
		total += part
	}
	return total
}

const (
	kib = 1 << 10
	mib = 1 << 20
)

func TestStreamsShareARateEvenlyWhateverTheirMessages(t *testing.T) {
	const rate, lasting = 10 * mib, 20 * time.Second
	late := 100 * time.Microsecond
	tests := []struct {
		name    string
		senders []sender
	}{
		{"equal messages", []sender{{bytes: 64 * kib, between: late}, {bytes: 64 * kib, between: late}}},
		{"small beside large", []sender{{bytes: kib, between: late / 2}, {bytes: mib, between: late}}},
		{"three sizes", []sender{{bytes: 4 * kib, between: late}, {bytes: 100 * kib, between: late}, {bytes: mib, between: late}}},
		{"without a pause", []sender{{bytes: kib}, {bytes: mib}}},
		{"beside ever new streams", []sender{{bytes: 64 * kib, between: late}, {bytes: 64 * kib, between: late, renew: true}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			sent := share(t, rate, lasting, test.senders)
			total := sum(sent)
			require.InEpsilon(t, rate*lasting.Seconds(), total, 0.02, "the whole rate is used and no more")
			for i, part := range sent {
				require.InEpsilon(t, total/float64(len(sent)), part, 0.05, "sender %d of %v", i, sent)
			}
		})
	}
}

func TestWhatOneLeavesTheOthersTake(t *testing.T) {
	const rate, lasting = mib, 20 * time.Second
	sent := share(t, rate, lasting, []sender{{bytes: 10 * kib, between: time.Second}, {bytes: 64 * kib}})
	require.InEpsilon(t, 10*kib*lasting.Seconds(), sent[0], 0.1, "the modest one never waits for long")
	require.InEpsilon(t, rate*lasting.Seconds(), sum(sent), 0.03)
}

// TestSharesAreEvenForAnyMessages has any senders that always have a message.
func TestSharesAreEvenForAnyMessages(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		const rate, lasting = 1000.0, 15 * time.Second
		sizes := rapid.SliceOfN(rapid.IntRange(1, 100), 2, 6).Draw(r, "sizes")
		senders := make([]sender, len(sizes))
		for i, size := range sizes {
			senders[i] = sender{bytes: float64(size)}
		}
		sent := share(t, rate, lasting, senders)
		total := sum(sent)
		if err := within(total, rate*lasting.Seconds(), 200); err != nil {
			r.Fatalf("in all: %v", err)
		}
		for i, part := range sent {
			// What one has of a turn and a message, another may have had before.
			if err := within(part, total/float64(len(sent)), 200+rate*turn.Seconds()); err != nil {
				r.Fatalf("sender %d of %v: %v", i, sent, err)
			}
		}
	})
}

func within(got, want, tolerance float64) error {
	if got < want-tolerance || got > want+tolerance {
		return fmt.Errorf("%.0f is not within %.0f of %.0f", got, tolerance, want)
	}
	return nil
}

func TestASecondsWorthGoesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(100)
		var f flow
		for range 100 {
			now, err := p.take(t.Context(), &f, p.clock.now(), 1)
			require.NoError(t, err)
			require.Zero(t, now)
		}
		var last time.Duration
		for range 100 {
			now, err := p.take(t.Context(), &f, p.clock.now(), 1)
			require.NoError(t, err)
			last = now
		}
		require.InDelta(t, float64(time.Second), float64(last), float64(20*time.Millisecond))
		require.InDelta(t, last.Seconds(), testutil.ToFloat64(p.throttled), 0.001)
	})
}

func TestAMessageIsNeverTooLarge(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(10)
		var f flow
		now, err := p.take(t.Context(), &f, 0, 1e30)
		require.NoError(t, err)
		require.Zero(t, now)
		now, err = p.take(t.Context(), &f, now, 1)
		require.NoError(t, err)
		require.Equal(t, dearest-depth, now)
	})
}

func TestWaitingEndsWithTheStreamAndCostsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cut := errors.New("cut")
		p := newPacer(10)
		var f, g flow
		_, err := p.take(t.Context(), &f, 0, 100) // 9 s of debt
		require.NoError(t, err)
		ctx, cancel := context.WithCancelCause(t.Context())
		time.AfterFunc(time.Second, func() { cancel(cut) })
		_, err = p.take(ctx, &f, 0, 1000)
		require.ErrorIs(t, err, cut)
		require.Empty(t, p.waiting)
		now, err := p.take(t.Context(), &g, p.clock.now(), 1)
		require.NoError(t, err)
		require.Less(t, now, 10*time.Second)
	})
}

func TestOneThatLeavesTheQueueHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer(10)
		var first, gone, stays flow
		_, err := p.take(t.Context(), &first, 0, 20)
		require.NoError(t, err)
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		failed := make(chan error)
		go func() {
			_, err := p.take(ctx, &gone, 0, 50)
			failed <- err
		}()
		synctest.Wait()
		now, err := p.take(t.Context(), &stays, p.clock.now(), 60)
		require.NoError(t, err)
		require.LessOrEqual(t, now, time.Second+turn)
		require.ErrorIs(t, <-failed, context.DeadlineExceeded)
	})
}

func TestManyWaitersEndTogether(t *testing.T) {
	senders := make([]sender, 200)
	for i := range senders {
		senders[i] = sender{bytes: float64(1 + i%7)}
	}
	const rate, lasting = 10_000.0, 40 * time.Second
	sent := share(t, rate, lasting, senders)
	require.InEpsilon(t, rate*lasting.Seconds(), sum(sent), 0.02)
	for _, part := range sent {
		// What one has of a turn, another may have had before.
		require.InDelta(t, rate*lasting.Seconds()/200, part, rate*turn.Seconds())
	}
}
