package ingest_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestACutLeavesACallThatIsStuck(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := ingest.NewRegistry(nil)
		stuck, ended := make(chan struct{}), make(chan error, 1)
		go func() {
			ended <- r.UntilCut(t.Context(), func(ctx context.Context) error {
				<-stuck
				return context.Cause(ctx)
			})
		}()
		synctest.Wait()
		r.Drain()
		synctest.Wait()
		require.Empty(t, ended, "a drain leaves the call its grace")
		r.CutAll(t.Context())
		require.Equal(t, problem.Draining, problem.ReasonOf(<-ended))
		close(stuck)
	})
}

func TestACallThatEndsIsItsOwn(t *testing.T) {
	r := ingest.NewRegistry(nil)
	failed := errors.New("failed")
	require.ErrorIs(t, r.UntilCut(t.Context(), func(context.Context) error { return failed }), failed)
	require.PanicsWithValue(t, "broken", func() {
		_ = r.UntilCut(t.Context(), func(context.Context) error { panic("broken") })
	})
}

func TestAnErrorOfBeingCutHasTheCutsCause(t *testing.T) {
	r := ingest.NewRegistry(nil)
	s := open(t, r, "a")
	defer s.Close()
	interrupted := problem.Because(problem.StorageFailed, context.Canceled, "the storage failed")
	require.Equal(t, problem.StorageFailed, problem.ReasonOf(s.WithCut(interrupted)), "not cut, so it stays")
	s.Cut(problem.New(problem.Draining, "shutting down"))
	require.Equal(t, problem.Draining, problem.ReasonOf(s.WithCut(interrupted)))
	require.Equal(t, problem.Draining, problem.ReasonOf(s.WithCut(context.Canceled)))
	refused := problem.New(problem.SizeMismatch, "too long")
	require.Equal(t, problem.SizeMismatch, problem.ReasonOf(s.WithCut(refused)), "a refusal is no consequence of the cut")
	require.NoError(t, s.WithCut(nil))
}
