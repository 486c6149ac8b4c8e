package demo

import "context"

// RunPoints plays the part with the collector alone.
func RunPoints(ctx context.Context, cfg Config) error {
	return run(ctx, cfg, (*demo).pointSteps)
}

// RunLogs plays the part with the log service alone.
func RunLogs(ctx context.Context, cfg Config) error {
	return run(ctx, cfg, (*demo).logSteps)
}
