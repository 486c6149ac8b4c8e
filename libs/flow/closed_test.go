package flow_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/flow"
)

// hookedContext has something happen at the worst moments: when it was just found
// not to be done, and when somebody is about to wait.
type hookedContext struct {
	context.Context

	looked, waiting func()
}

func (c *hookedContext) Err() error {
	err := c.Context.Err()
	once(&c.looked)
	return err
}

func (c *hookedContext) Done() <-chan struct{} {
	once(&c.waiting)
	return c.Context.Done()
}

func once(hook *func()) {
	if call := *hook; call != nil {
		*hook = nil
		call()
	}
}

// times is how often a test is done in which a select may go either way.
const times = 50

func TestAMessageOfAStreamThatIsClosedIsNotCounted(t *testing.T) {
	for name, used := range map[string]int{"with room": 0, "without room": 100} {
		t.Run(name, func(t *testing.T) {
			b := flow.NewBudget(100)
			other, a := admit(t, b, "other", 0), admit(t, b, "a", 0)
			require.NoError(t, other.Hold(t.Context(), used))
			cause := errors.New("cut")
			ctx, cut := context.WithCancelCause(t.Context())
			late := &hookedContext{Context: ctx, looked: func() {
				cut(cause)
				a.Close()
			}, waiting: func() { other.GiveBack(used) }}
			require.ErrorIs(t, a.Hold(late, 60), cause)
			other.Close()
			require.Equal(t, flow.Usage{Total: 100}, b.Usage())
		})
	}
}

// The room that a closing stream leaves is not its own waiter's, and what the
// waiter got before is given back once.
func TestClosingAStreamSettlesItsWaiter(t *testing.T) {
	for name, granted := range map[string]bool{"that waits": false, "that has got its room": true} {
		t.Run(name, func(t *testing.T) {
			for range times {
				b := flow.NewBudget(100)
				a, other := admit(t, b, "a", 50), admit(t, b, "other", 0)
				require.NoError(t, other.Hold(t.Context(), 40))
				ctx, cut := context.WithCancelCause(t.Context())
				_ = a.Hold(&hookedContext{Context: ctx, waiting: func() {
					if granted {
						other.GiveBack(40)
					}
					cut(errors.New("cut"))
					a.Close()
				}}, 30)
				other.Close()
				require.Equal(t, flow.Usage{Total: 100}, b.Usage())
			}
		})
	}
}

// A waiter that leaves late must not take the share of its tenant's next stream
// with it: nobody would ever call those who wait there.
func TestALateWaiterLeavesTheTenantsNextStreamAlone(t *testing.T) {
	for range times {
		synctest.Test(t, func(t *testing.T) {
			b := flow.NewBudget(100)
			other, old := admit(t, b, "other", 0), admit(t, b, "a", 0)
			require.NoError(t, other.Hold(t.Context(), 100))
			ctx, cut := context.WithCancelCause(t.Context())
			var next *flow.Account
			_ = old.Hold(&hookedContext{Context: ctx, waiting: func() {
				other.GiveBack(100)
				cut(errors.New("cut"))
				old.Close()
				next = admit(t, b, "a", 0)
			}}, 30)
			require.NoError(t, other.Hold(t.Context(), 100))
			patient, stop := context.WithTimeout(t.Context(), time.Minute)
			defer stop()
			held := make(chan error, 1)
			go func() { held <- next.Hold(patient, 30) }()
			synctest.Wait()
			other.GiveBack(100)
			require.NoError(t, <-held)
			next.Close()
			other.Close()
			require.Equal(t, flow.Usage{Total: 100}, b.Usage())
		})
	}
}
