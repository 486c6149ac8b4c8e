package tests

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

// TestAttackByEndlessResets opens streams and resets them at once, with and
// without a first message, while another address is served.
func TestAttackByEndlessResets(t *testing.T) {
	const resets, connections = 60_000, 4
	// What a reset leaves is garbage that the collector may leave for a while: with
	// the limit that a container gives a service, it does not.
	t.Setenv("GOMEMLIMIT", "128MiB")
	first := grpcMessage(false, 64<<10, make([]byte, 4<<10)) // Never complete.
	for name, message := range map[string][]byte{"at_once": nil, "within_a_message": first} {
		t.Run(name, func(t *testing.T) {
			s := startServer(t)
			ctx := bounded(t)
			stop := s.serveNeighbour(ctx, t)
			begun := time.Now()
			var all sync.WaitGroup
			for range connections {
				a := attack(t, s.Addr, resets)
				all.Go(func() {
					for range resets / connections {
						if err := a.openAndReset(message); err != nil {
							t.Error(err)
							return
						}
					}
				})
			}
			all.Wait()
			t.Logf("%d resets within %s", resets, time.Since(begun))
			stop()
			require.Eventually(t, func() bool {
				open, err := s.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
				return err == nil && len(open.GetStreams()) == 0
			}, 30*time.Second, 50*time.Millisecond, "no stream stays behind")
			s.requireRSS(t, 256<<20)
			s.store(ctx, t, "after.bin", testkit.NewContent(9, 1000))
		})
	}
}

func (a *attacker) openAndReset(message []byte) error {
	id, err := a.open(uploadFile, false)
	if err == nil && message != nil {
		err = a.data(id, false, message)
	}
	if err != nil {
		return err
	}
	return a.reset(id)
}
