package demo

import "context"

// RunPoints plays the part with the collector alone.
func RunPoints(ctx context.Context, cfg Config) error {
	return run(ctx, cfg, (*demo).pointSteps)
}
