// Command sluice-collector serves the collection of data points. See --help.
package main

import (
	"github.com/sluice-ingest/sluice/libs/program"
	"github.com/sluice-ingest/sluice/services/collector"
)

func main() {
	program.Main("sluice-collector", collector.DefaultConfig(), collector.Run)
}
