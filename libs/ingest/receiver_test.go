package ingest_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/flow"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/problem"
)

type note struct {
	text  string
	freed int
}

func (n *note) PayloadBytes() int { return len(n.text) }

func (n *note) Free() { n.freed++ }

// script is a server stream that delivers texts and then err.
type script struct {
	grpc.ServerStream
	texts chan string
	err   error
	ctx   context.Context
}

func (s *script) RecvMsg(m any) error {
	select {
	case text, ok := <-s.texts:
		if !ok {
			return s.err
		}
		m.(*note).text = text
		return nil
	case <-s.ctx.Done():
		return s.ctx.Err()
	}
}

// opened returns a stream that nothing bounds.
func opened(ctx context.Context, t *testing.T) *ingest.Stream {
	t.Helper()
	stream, err := ingest.NewRegistry(nil).Open(ctx, "m")
	require.NoError(t, err)
	return stream
}

func texts(all ...string) chan string {
	c := make(chan string, len(all))
	for _, text := range all {
		c <- text
	}
	close(c)
	return c
}

func newNote() *note { return &note{} }

func TestReceiverDeliversInOrderUntilTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		in := ingest.Receive(opened(t.Context(), t), &script{texts: texts("a", "b", "c", "d"), err: io.EOF, ctx: t.Context()}, newNote)
		var got string
		for {
			message, err := in.Next()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			got += message.text
			in.Release(message)
		}
		require.Equal(t, "abcd", got)
	})
}

func TestACutEndsAReceiverThatWaits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := opened(t.Context(), t)
		call, end := context.WithCancel(t.Context())
		in := ingest.Receive(stream, &script{texts: make(chan string), ctx: call}, newNote)
		cause := errors.New("cut")
		go stream.Cut(cause)
		_, err := in.Next()
		require.ErrorIs(t, err, cause)
		end() // the handler returns, and grpc ends the call
		in.Close()
	})
}

func TestACutHasTheReasonOfTheCutNotOfTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		stream := opened(t.Context(), t)
		in := ingest.Receive(stream, &script{texts: texts(), err: context.Canceled, ctx: t.Context()}, newNote)
		synctest.Wait()
		cause := errors.New("cut")
		stream.Cut(cause)
		_, err := in.Next()
		require.ErrorIs(t, err, cause)
	})
}

func TestCloseFreesWhatNobodyTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made []*note
		in := ingest.Receive(opened(t.Context(), t), &script{texts: texts("a", "b"), err: io.EOF, ctx: t.Context()}, func() *note {
			made = append(made, newNote())
			return made[len(made)-1]
		})
		synctest.Wait()
		in.Close()
		for _, message := range made {
			require.Equal(t, 1, message.freed, "message %q", message.text)
		}
	})
}

func TestAReceiverWaitsForMemory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		budget := flow.NewBudget(10)
		registry := ingest.NewRegistry(&flow.Flow{Budget: budget, Turns: flow.NewTurns(1), StreamBytes: 4})
		stream, err := registry.Open(t.Context(), "m")
		require.NoError(t, err)
		in := ingest.Receive(stream, &script{texts: texts("first", "second", "third"), err: io.EOF, ctx: t.Context()}, newNote)
		synctest.Wait()
		require.Equal(t, flow.Usage{Total: 10, Streams: 4, Messages: 5, Waiting: 1}, budget.Usage())
		for _, text := range []string{"first", "second", "third"} {
			message, err := in.Next()
			require.NoError(t, err)
			require.Equal(t, text, message.text)
			in.Release(message)
		}
		stream.Close()
		in.Close()
		synctest.Wait()
		require.Equal(t, flow.Usage{Total: 10}, budget.Usage())
	})
}

func TestAStreamWithoutMemoryIsRefused(t *testing.T) {
	registry := ingest.NewRegistry(&flow.Flow{Budget: flow.NewBudget(10), Turns: flow.NewTurns(1), StreamBytes: 5})
	first, err := registry.Open(t.Context(), "m")
	require.NoError(t, err)
	_, err = registry.Open(t.Context(), "m")
	require.Equal(t, problem.MemoryExhausted, problem.ReasonOf(err))
	first.Close()
	_, err = registry.Open(t.Context(), "m")
	require.NoError(t, err)
}
