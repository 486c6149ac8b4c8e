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

// Among many streams what nobody has asked for stays with its client.
func TestReceiverAmongManyStreamsTakesInWhatIsAskedFor(t *testing.T) {
	for _, test := range []struct {
		name    string
		receive func(*ingest.Stream, grpc.ServerStream, func() *note) *ingest.Receiver[*note]
		others  int
		takenIn int
	}{
		{"few", ingest.Receive[*note], 127, 2},
		{"many", ingest.Receive[*note], 128, 0},
		{"many that are always ahead", ingest.ReceiveAhead[*note], 128, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancel(t.Context())
				defer cancel()
				registry := ingest.NewRegistry(nil)
				for range test.others {
					_, err := registry.Open(ctx, "m")
					require.NoError(t, err)
				}
				stream, err := registry.Open(ctx, "m")
				require.NoError(t, err)
				rpc := &script{texts: texts("a", "b", "c", "d"), err: io.EOF, ctx: ctx}
				in := test.receive(stream, rpc, newNote)
				synctest.Wait()
				require.Equal(t, test.takenIn, 4-len(rpc.texts))
				for _, want := range []string{"a", "b", "c", "d"} {
					message, err := in.Next()
					require.NoError(t, err)
					require.Equal(t, want, message.text)
					in.Release(message)
					synctest.Wait()
				}
				_, err = in.Next()
				require.ErrorIs(t, err, io.EOF)
				stream.Close()
				in.Close()
				synctest.Wait()
			})
		})
	}
}

// A stream that was alone and is one of many then gives up its head start, and
// gets it back.
func TestReceiverTakesInAheadAgainWhenTheOthersHaveGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		registry := ingest.NewRegistry(nil)
		open := func() *ingest.Stream {
			stream, err := registry.Open(t.Context(), "m")
			require.NoError(t, err)
			return stream
		}
		rpc := &script{texts: texts("a", "b", "c", "d", "e", "f"), err: io.EOF, ctx: t.Context()}
		stream := open()
		in := ingest.Receive(stream, rpc, newNote)
		next := func() {
			message, err := in.Next()
			require.NoError(t, err)
			in.Release(message)
			synctest.Wait()
		}
		synctest.Wait()
		require.Len(t, rpc.texts, 4, "two are taken in ahead")
		var others []*ingest.Stream
		for range 128 {
			others = append(others, open())
		}
		next()
		next()
		next()
		taken := 6 - len(rpc.texts)
		require.LessOrEqual(t, taken, 4, "one at most is ahead of what was asked for")
		for _, other := range others {
			other.Close()
		}
		next()
		next()
		require.Empty(t, rpc.texts)
		stream.Close()
		in.Close()
	})
}
