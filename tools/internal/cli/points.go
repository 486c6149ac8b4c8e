package cli

import (
	"time"

	"github.com/spf13/cobra"
)

// pointsFlags are the flags that all commands for data points share.
type pointsFlags struct {
	timezone string
}

func (a *app) pointsCommand() *cobra.Command {
	var f pointsFlags
	cmd := group("points", "Send, query, sum up and delete data points",
		a.pointsSendCommand(&f),
		a.pointsQueryCommand(&f),
		a.pointsStatsCommand(&f),
		a.pointsSeriesCommand(&f),
		a.pointsDeleteCommand(&f),
	)
	cmd.Long = `Send, query, sum up and delete data points.

They go to a collector: --addr, SLUICE_POINTS_ADDR or SLUICE_ADDR, by default
127.0.0.1:7071. Times without a zone, in files and in flags, are those of
--timezone, and so are the times in tables; CSV and JSON have UTC.`
	cmd.PersistentFlags().StringVar(&f.timezone, "timezone", "UTC", "`zone` of times that name none, such as Europe/Berlin or Local")
	return ofCollector(cmd)
}

func (f *pointsFlags) location() (*time.Location, error) {
	location, err := time.LoadLocation(f.timezone)
	if err != nil {
		return nil, usageErrorf("--timezone %s: %w", f.timezone, err)
	}
	return location, nil
}
