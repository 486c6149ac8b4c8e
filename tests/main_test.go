// Package tests runs the real binaries end to end: through a bad network, a
// kill -9, a full disk and a power cut.
package tests

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestMain(m *testing.M) {
	// The first client that compresses must come before any that is in use.
	c, err := client.NewStreamingClient("localhost:1", client.WithCompression(client.Zstd))
	if err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "can't make a client:", err)
		os.Exit(1)
	}
	_ = c.Close() // It was never connected.
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := testkit.RemoveBuilds(); err != nil {
			_, _ = fmt.Fprintln(os.Stderr, "can't remove what the tests built:", err)
			code = 1
		}
		os.Exit(code)
	}))
}

// testTime bounds the calls of one test. It only ends what hangs.
const testTime = 2 * time.Minute

// bounded returns a context for the calls of one test.
func bounded(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), testTime)
	t.Cleanup(cancel)
	return ctx
}
