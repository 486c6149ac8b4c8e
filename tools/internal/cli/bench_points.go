package cli

import (
	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/tools/internal/bench"
)

// benchPointsFlags are the flags of `sluice bench points`.
type benchPointsFlags struct {
	benchFlags

	samples, frame, messages int
}

func (a *app) benchPointsCommand() *cobra.Command {
	var f benchPointsFlags
	cmd := &cobra.Command{
		Use: "points", Short: "Measure how fast data points are acknowledged and stored",
		Long: `Measure how fast data points are acknowledged and stored.

The load has 1,000 sources with 10 metrics each, every 10 s until now, and is
encoded before the clock starts. Each run starts the collector's executable with
an empty data folder and sends all of it over two connections as fast as it
goes, then a part at half that rate, and then messages of one point over eight
streams, each on a folder of its own. The figures are medians:

  points_acked_plain  samples/s until the durable position covers the last frame
  points_stored       samples/s until a query counts every sample
  points_server_cpu   CPU seconds of the server's process until then
  points_server_rss   its peak memory in MiB
  points_disk         bytes a sample of the data folder after a clean stop
  points_ack_p99      ms from a frame's send until it is known to be durable, at half the rate
  points_messages     messages/s of one point each
  floor_dd            MB/s that dd writes and syncs in the same folder

With --addr the collector at that address is measured instead, as it is; of its
process and folder nothing is known, and the points stay there.`,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.benchPointsConfig(cmd, &f)
			if err != nil {
				return err
			}
			figures, err := bench.Points(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return a.printFigures(figures)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.samples, "samples", 10_000_000, "samples to send, in whole timestamps of 10,000")
	flags.IntVar(&f.frame, "frame", 500, "points of a frame, each of 10 samples")
	flags.IntVar(&f.messages, "messages", 500_000, "messages with one point each; 0 leaves them out")
	f.add(flags)
	return ofCollector(without(cmd, "timeout"))
}

func (a *app) benchPointsConfig(cmd *cobra.Command, f *benchPointsFlags) (cfg bench.PointsConfig, err error) {
	if f.samples < 1 || f.frame < 1 || f.runs < 1 || f.messages < 0 {
		return cfg, usageErrorf("--samples, --frame and --runs must be 1 or more, and --messages not negative")
	}
	cfg = bench.PointsConfig{Samples: f.samples, Frame: f.frame, Messages: f.messages}
	cfg.Setting, err = a.benchSetting(cmd, f.benchFlags)
	return cfg, err
}
