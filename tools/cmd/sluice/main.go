// Command sluice sends files and data points to Sluice servers and looks after
// them.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"

	"github.com/sluice-ingest/sluice/tools/internal/cli"
)

func main() { os.Exit(run()) }

// run ends in order at the first signal and at once at the second.
func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop)
	return cli.Run(ctx, cli.NewEnv())
}
