package apply_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/protobuf/types/known/durationpb"

	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/apply"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/producer"
)

// waiter is an apply.Waiter.
type waiter func(ctx context.Context, key producer.Key, sequence int64) error

func (w waiter) WaitApplied(ctx context.Context, key producer.Key, sequence int64) error {
	return w(ctx, key, sequence)
}

// until waits for a frame that is visible at the end of d.
func until(d time.Duration) waiter {
	return func(ctx context.Context, _ producer.Key, _ int64) error {
		select {
		case <-time.After(d):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

func waitFor(timeout *durationpb.Duration) *queryv1.WaitFor {
	return &queryv1.WaitFor{ProducerId: "p", Sequence: 7, Timeout: timeout}
}

func waitOf(t *testing.T, timeout *durationpb.Duration) *apply.Wait {
	t.Helper()
	ctx := principal.With(t.Context(), principal.Principal{Tenant: "acme", Subject: "agent"})
	w, err := apply.WaitOf(ctx, waitFor(timeout))
	require.NoError(t, err)
	return w
}

func TestAQueryThatWaitsForNothingGoesOn(t *testing.T) {
	w, err := apply.WaitOf(t.Context(), nil)
	require.NoError(t, err)
	require.NoError(t, w.Await(t.Context(), nil))
}

func TestAWaitIsForAProducerOfTheCaller(t *testing.T) {
	err := waitOf(t, nil).Await(t.Context(), waiter(func(_ context.Context, key producer.Key, sequence int64) error {
		require.Equal(t, producer.Key{Tenant: "acme", Subject: "agent", ProducerID: "p"}, key)
		require.Equal(t, int64(7), sequence)
		return nil
	}))
	require.NoError(t, err)
}

func TestAWaitEndsWithItsFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		require.NoError(t, waitOf(t, nil).Await(t.Context(), until(3*time.Second)))
		require.Equal(t, 3*time.Second, time.Since(began))
	})
}

func TestAWaitEndsAtItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, c := range []struct {
			timeout *durationpb.Duration
			want    time.Duration
		}{
			{nil, apply.DefaultWait},
			{durationpb.New(time.Millisecond), time.Millisecond},
			{durationpb.New(apply.MaxWait), apply.MaxWait},
		} {
			began := time.Now()
			err := waitOf(t, c.timeout).Await(t.Context(), until(time.Hour))
			require.Equal(t, problem.PositionNotReached, problem.ReasonOf(err))
			require.Empty(t, problem.Of(err).Field)
			require.Equal(t, c.want, time.Since(began))
		}
	})
}

func TestTheCallersEndIsNoTimeoutOfTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ended := func(ctx context.Context) problem.Reason {
			return problem.ReasonOf(waitOf(t, nil).Await(ctx, until(time.Hour)))
		}
		late, cancelLate := context.WithTimeout(t.Context(), time.Second)
		defer cancelLate()
		require.Equal(t, problem.DeadlineExceeded, ended(late))
		gone, cancel := context.WithCancel(t.Context())
		cancel()
		require.Equal(t, problem.ClientGone, ended(gone))
		cut, cutOff := context.WithCancelCause(t.Context())
		cutOff(problem.New(problem.Draining, "shutting down"))
		require.Equal(t, problem.Draining, ended(cut))
	})
}

func TestWhatAWaitIsAboutStandsInTheQuery(t *testing.T) {
	fails := func(err error) error {
		return waitOf(t, nil).Await(t.Context(), waiter(func(context.Context, producer.Key, int64) error { return err }))
	}
	err := fails(producer.NotFound(agent))
	require.Equal(t, problem.ProducerNotFound, problem.ReasonOf(err))
	require.Equal(t, "wait_for.producer_id", problem.Of(err).Field)
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(fails(errors.New("disk 7 is gone"))))
}

func TestAWaitThatCannotBe(t *testing.T) {
	for _, bad := range []struct {
		wait  *queryv1.WaitFor
		field string
	}{
		{&queryv1.WaitFor{Sequence: 7}, "wait_for.producer_id"},
		{&queryv1.WaitFor{ProducerId: "a b", Sequence: 7}, "wait_for.producer_id"},
		{&queryv1.WaitFor{ProducerId: "p"}, "wait_for.sequence"},
		{&queryv1.WaitFor{ProducerId: "p", Sequence: -1}, "wait_for.sequence"},
		{waitFor(durationpb.New(0)), "wait_for.timeout"},
		{waitFor(durationpb.New(-time.Second)), "wait_for.timeout"},
		{waitFor(durationpb.New(apply.MaxWait + 1)), "wait_for.timeout"},
		{waitFor(&durationpb.Duration{Seconds: 1, Nanos: -1}), "wait_for.timeout"},
	} {
		_, err := apply.WaitOf(t.Context(), bad.wait)
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err), "%v", bad.wait)
		require.Equal(t, bad.field, problem.Of(err).Field, "%v", bad.wait)
	}
}
