package flow_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/sluice-ingest/sluice/libs/flow"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func admit(t *testing.T, b *flow.Budget, tenant string, bytes int64) *flow.Account {
	t.Helper()
	account, err := b.Admit(tenant, bytes)
	require.NoError(t, err)
	return account
}

func TestStreamsAreAdmittedWhileThereIsMemory(t *testing.T) {
	b := flow.NewBudget(400)
	first := admit(t, b, "a", 100)
	admit(t, b, "a", 100)
	_, err := b.Admit("a", 100)
	require.Equal(t, problem.MemoryExhausted, problem.ReasonOf(err))
	require.Equal(t, "memory.budget", problem.Of(err).Violations[0].Limit)
	require.Equal(t, flow.Usage{Total: 400, Streams: 200}, b.Usage())
	first.Close()
	admit(t, b, "a", 100)
}

func TestOneTenantLeavesRoomForOthers(t *testing.T) {
	b := flow.NewBudget(400)
	streams := 0
	for ; ; streams++ {
		if _, err := b.Admit("greedy", 10); err != nil {
			break
		}
	}
	require.Equal(t, 20, streams, "half of the budget")
	for i := range 10 {
		admit(t, b, fmt.Sprint(i), 10)
	}
}

func TestAMessageWaitsForRoom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := flow.NewBudget(100)
		a := admit(t, b, "a", 40)
		require.NoError(t, a.Hold(t.Context(), 50))
		waited := make(chan error, 1)
		go func() { waited <- a.Hold(t.Context(), 20) }()
		synctest.Wait()
		require.Equal(t, flow.Usage{Total: 100, Streams: 40, Messages: 50, Waiting: 1}, b.Usage())
		a.GiveBack(50)
		require.NoError(t, <-waited)
		require.Equal(t, flow.Usage{Total: 100, Streams: 40, Messages: 20}, b.Usage())
		a.Close()
		require.Equal(t, flow.Usage{Total: 100}, b.Usage())
	})
}

func TestWhoHoldsLeastIsNext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := flow.NewBudget(100)
		rich, poor := admit(t, b, "rich", 0), admit(t, b, "poor", 0)
		for range 10 {
			require.NoError(t, rich.Hold(t.Context(), 10))
		}
		var order []string
		hold := func(name string, a *flow.Account) {
			go func() {
				if a.Hold(t.Context(), 10) == nil {
					order = append(order, name)
				}
			}()
			synctest.Wait()
		}
		hold("rich", rich)
		hold("poor", poor)
		hold("poor", poor)
		for range 3 {
			rich.GiveBack(10)
			synctest.Wait()
		}
		require.Equal(t, []string{"poor", "poor", "rich"}, order)
	})
}

func TestALargeMessageGoesAlone(t *testing.T) {
	b := flow.NewBudget(100)
	a := admit(t, b, "a", 10)
	require.NoError(t, a.Hold(t.Context(), 500))
	require.Equal(t, int64(500), b.Usage().Messages)
}

func TestAWaiterThatIsGoneHoldsNobodyUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := flow.NewBudget(100)
		a, c := admit(t, b, "a", 0), admit(t, b, "c", 0)
		require.NoError(t, a.Hold(t.Context(), 60))
		cause := errors.New("cut")
		ctx, cut := context.WithCancelCause(t.Context())
		large, small := make(chan error, 1), make(chan error, 1)
		go func() { large <- c.Hold(ctx, 90) }()
		synctest.Wait()
		go func() { small <- a.Hold(t.Context(), 10) }()
		synctest.Wait()
		require.Equal(t, 2, b.Usage().Waiting)
		cut(cause)
		require.ErrorIs(t, <-large, cause)
		require.NoError(t, <-small)
		a.Close()
		c.Close()
		require.Equal(t, flow.Usage{Total: 100}, b.Usage())
	})
}

// Whatever streams do, nothing is lost of the budget, and it is never overdrawn.
func TestTheBudgetAddsUp(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		b := flow.NewBudget(1000)
		type stream struct {
			account *flow.Account
			held    []int
		}
		var open []*stream
		r.Repeat(map[string]func(*rapid.T){
			"open": func(r *rapid.T) {
				a, err := b.Admit(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(r, "tenant"), rapid.Int64Range(0, 200).Draw(r, "bytes"))
				if err == nil {
					open = append(open, &stream{account: a})
				}
			},
			"hold": func(r *rapid.T) {
				if len(open) == 0 {
					r.Skip()
				}
				s := rapid.SampledFrom(open).Draw(r, "stream")
				bytes := rapid.IntRange(0, 300).Draw(r, "bytes")
				u := b.Usage()
				if u.Messages > 0 && u.Streams+u.Messages+int64(bytes) > u.Total {
					r.Skip() // It would wait.
				}
				require.NoError(r, s.account.Hold(context.Background(), bytes))
				s.held = append(s.held, bytes)
			},
			"give back": func(r *rapid.T) {
				for _, s := range open {
					if len(s.held) > 0 {
						s.account.GiveBack(s.held[0])
						s.held = s.held[1:]
						return
					}
				}
				r.Skip()
			},
			"close": func(r *rapid.T) {
				if len(open) == 0 {
					r.Skip()
				}
				open[0].account.Close()
				open[0].account.GiveBack(7)
				open = open[1:]
			},
			"": func(r *rapid.T) {
				var messages int64
				for _, s := range open {
					for _, bytes := range s.held {
						messages += int64(bytes)
					}
				}
				u := b.Usage()
				require.Equal(r, messages, u.Messages)
				require.LessOrEqual(r, u.Streams, int64(750))
				if len(open) == 0 {
					require.Zero(r, u.Streams)
				}
			},
		})
	})
}
