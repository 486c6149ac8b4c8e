package cli

import (
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/tools/internal/bench"
)

// benchShareFlags are the flags of `sluice bench share`.
type benchShareFlags struct {
	benchFlags

	streams, frame int
	span           time.Duration
}

func (a *app) benchShareCommand() *cobra.Command {
	var f benchShareFlags
	cmd := &cobra.Command{
		Use: "share", Short: "Measure what one stream gets beside many of another tenant",
		Long: `Measure what one stream gets beside many of another tenant.

Each run starts the collector's executable with an empty data folder and the keys
of two tenants. One has one stream, the other many over ten connections, and all
send the same frame of points as fast as it is read. The figures are medians:

  share_one     what the one stream brought, in percent of all points accepted
  share_points  points/s of both
  floor_dd      MB/s that dd writes and syncs in the same folder`,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.benchShareConfig(cmd, &f)
			if err != nil {
				return err
			}
			figures, err := bench.Share(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return a.printFigures(figures)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.streams, "streams", 100, "streams of the tenant with many")
	flags.IntVar(&f.frame, "frame", 500, "points of a frame, each of 10 samples")
	flags.DurationVar(&f.span, "span", 10*time.Second, "how long the streams send")
	f.add(flags)
	return ofCollector(without(cmd, connection()...))
}

func (a *app) benchShareConfig(cmd *cobra.Command, f *benchShareFlags) (cfg bench.ShareConfig, err error) {
	if f.streams < 1 || f.frame < 1 || f.runs < 1 || f.span <= 0 {
		return cfg, usageErrorf("--streams, --frame and --runs must be 1 or more, and --span above 0")
	}
	cfg = bench.ShareConfig{Streams: f.streams, Frame: f.frame, Span: f.span}
	cfg.Setting, err = a.benchSetting(cmd, f.benchFlags)
	return cfg, err
}
