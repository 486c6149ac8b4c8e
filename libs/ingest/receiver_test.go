package ingest_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/ingest"
)

type note struct {
	text  string
	freed int
}

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
		in := ingest.Receive(t.Context(), &script{texts: texts("a", "b", "c", "d"), err: io.EOF, ctx: t.Context()}, newNote)
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
		ctx, cut := context.WithCancelCause(t.Context())
		call, end := context.WithCancel(t.Context())
		in := ingest.Receive(ctx, &script{texts: make(chan string), ctx: call}, newNote)
		cause := errors.New("cut")
		go cut(cause)
		_, err := in.Next()
		require.ErrorIs(t, err, cause)
		end() // the handler returns, and grpc ends the call
		in.Close()
	})
}

func TestACutHasTheReasonOfTheCutNotOfTheTransport(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cut := context.WithCancelCause(t.Context())
		in := ingest.Receive(ctx, &script{texts: texts(), err: context.Canceled, ctx: t.Context()}, newNote)
		synctest.Wait()
		cause := errors.New("cut")
		cut(cause)
		_, err := in.Next()
		require.ErrorIs(t, err, cause)
	})
}

func TestCloseFreesWhatNobodyTook(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var made []*note
		in := ingest.Receive(t.Context(), &script{texts: texts("a", "b"), err: io.EOF, ctx: t.Context()}, func() *note {
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
