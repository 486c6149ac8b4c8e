package bench

import (
	"context"

	"github.com/sluice-ingest/sluice/libs/client"
)

// Setting is what every benchmark measures with.
type Setting struct {
	// Target is what is measured.
	Target Target
	// Dir is the folder for the data: the figures are of its file system.
	Dir string
	// Runs of which the medians are taken, each on empty data folders.
	Runs int
	// Floor measures the file system of a folder in MB/s.
	Floor func(ctx context.Context, dir string) (float64, error)
	// Connect opens a connection to an address.
	Connect func(addr string) (*client.StreamingClient, error)
	// Log tells what goes on.
	Log func(format string, args ...any)
}
