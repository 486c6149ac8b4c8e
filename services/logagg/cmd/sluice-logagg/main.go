// Command sluice-logagg serves the aggregation of logs. See --help.
package main

import (
	"github.com/sluice-ingest/sluice/libs/program"
	"github.com/sluice-ingest/sluice/services/logagg"
)

func main() {
	program.Main("sluice-logagg", logagg.DefaultConfig(), logagg.Run)
}
