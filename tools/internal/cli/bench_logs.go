package cli

import (
	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/tools/internal/bench"
)

// benchLogsFlags are the flags of `sluice bench logs`.
type benchLogsFlags struct {
	benchFlags

	entries, frame int
}

func (a *app) benchLogsCommand() *cobra.Command {
	var f benchLogsFlags
	cmd := &cobra.Command{
		Use: "logs", Short: "Measure how fast log entries are acknowledged, stored and found",
		Long: `Measure how fast log entries are acknowledged, stored and found.

The load has 10 applications on 50 hosts, 205 bytes of text an entry, evenly
over 30 minutes until now, and is encoded before the clock starts. Each run
starts the log service's executable with an empty data folder and sends all of
it over two connections as fast as it goes, asks for what it then knows the
exact answer to, and sends a part at half that rate to another folder. A wrong
answer ends the benchmark. The figures are medians:

  logs_acked_plain   entries/s until the durable position covers the last frame
  logs_stored        entries/s until a query counts every entry
  logs_server_cpu    CPU seconds of the server's process until then
  logs_server_rss    its peak memory in MiB
  logs_disk          bytes an entry of the data folder after a clean stop
  logs_ack_p99       ms from a frame's send until it is known to be durable, at half the rate
  logs_query_needle  ms of a search for the one entry of a request
  logs_query_levels  ms of counting all entries by level
  logs_query_last    ms of fetching the last 100 errors, newest first
  floor_dd           MB/s that dd writes and syncs in the same folder

With --addr the log service at that address is measured instead, as it is; of
its process, its folder and its answers nothing is known, and the entries stay
there.`,
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := a.benchLogsConfig(cmd, &f)
			if err != nil {
				return err
			}
			figures, err := bench.Logs(cmd.Context(), cfg)
			if err != nil {
				return err
			}
			return a.printFigures(figures)
		},
	}
	flags := cmd.Flags()
	flags.IntVar(&f.entries, "entries", 2_000_000, "entries to send")
	flags.IntVar(&f.frame, "frame", 1000, "entries of a frame")
	f.add(flags)
	return ofLogs(without(cmd, "timeout"))
}

func (a *app) benchLogsConfig(cmd *cobra.Command, f *benchLogsFlags) (cfg bench.LogsConfig, err error) {
	if f.entries < 1 || f.frame < 1 || f.runs < 1 {
		return cfg, usageErrorf("--entries, --frame and --runs must be 1 or more")
	}
	cfg = bench.LogsConfig{Entries: f.entries, Frame: f.frame}
	cfg.Setting, err = a.benchSetting(cmd, f.benchFlags)
	return cfg, err
}
