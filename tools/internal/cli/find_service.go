package cli

import (
	"context"

	"github.com/sluice-ingest/sluice/tools/internal/binary"
)

// findService returns the path of a service's executable: the one that was
// given, or the one that is found by its name.
func findService(ctx context.Context, name, given string) (string, error) {
	if given != "" {
		return given, nil
	}
	finder, err := binary.NewFinder()
	if err != nil {
		return "", err
	}
	return finder.Find(ctx, name)
}
