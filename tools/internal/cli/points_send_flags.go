package cli

import (
	"math"
	"os"
	"slices"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
)

// sendFlags are the flags of `sluice points send`.
type sendFlags struct {
	format, unit, source, metric                string
	timestampColumn, sourceColumn, metricColumn string
	tagColumns, tags                            []string
	producer                                    string
	epoch                                       int64
	batch, retries                              int
	delay                                       time.Duration
}

func (f *sendFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "format", "auto", "`format` of the input: auto, csv or ndjson")
	flags.StringVar(&f.source, "source", "", "`name` of the source; by default that of the point, or the file's without its extension")
	flags.StringVar(&f.metric, "metric", "", "`name` of the metric for a column called value; by default after the file")
	flags.StringArrayVar(&f.tags, "tag", nil, "give each point this tag, `name=value`; may be repeated")
	flags.StringVar(&f.timestampColumn, "timestamp-column", "", "`column` of the timestamps; by default one called timestamp or the like, or the first with dates")
	flags.StringVar(&f.sourceColumn, "source-column", "", "`column` of the sources; by default one called source")
	flags.StringVar(&f.metricColumn, "metric-column", "", "`column` that names the metric of the column called value")
	flags.StringArrayVar(&f.tagColumns, "tag-column", nil, "`column` that is a tag although it has numbers; may be repeated")
	flags.StringVar(&f.unit, "time-unit", "auto", "`unit` of timestamps that are numbers: auto, s, ms, us or ns")
	flags.StringVar(&f.producer, "producer", "", "`id` of the producer, under which a cut run goes on; a new one by default")
	flags.Int64Var(&f.epoch, "epoch", 0, "`number` of the producer's life; a newer one begins anew and ends the older")
	flags.IntVar(&f.batch, "batch", 500, "points of a full frame")
	flags.DurationVar(&f.delay, "delay", 100*time.Millisecond, "`time` that a frame waits for further points until it is full")
	flags.IntVar(&f.retries, "retries", 7, "try again this often without progress")
}

// check refuses flags that can't be used, and inputs that can't be there.
func (f *sendFlags) check(cmd *cobra.Command, points *pointsFlags, paths []string) (pointfile.Options, error) {
	var none pointfile.Options
	switch {
	case f.batch < 1:
		return none, usageErrorf("--batch %d is no number of points; give 1 or more", f.batch)
	case f.delay <= 0:
		return none, usageErrorf("--delay %s is no time to wait; give more than 0, or --batch 1", f.delay)
	case f.retries < 0 || f.retries == math.MaxInt:
		return none, usageErrorf("--retries %d is no number of attempts; 0 means one", f.retries)
	case f.epoch < 0:
		return none, usageErrorf("--epoch %d is negative", f.epoch)
	case cmd.Flags().Changed("epoch") && f.producer == "":
		return none, usageErrorf("--epoch means nothing without --producer")
	}
	if err := checkInputs(paths); err != nil {
		return none, err
	}
	return f.fileOptions(points)
}

// checkInputs refuses files that are not there before any point is sent.
func checkInputs(paths []string) error {
	for i, path := range paths {
		if slices.Contains(paths[:i], path) {
			return usageErrorf("%s is given twice", path)
		}
		if path == pointfile.Stdin {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return usageErrorf("cannot read the points: %w", err)
		}
		if info.IsDir() {
			return usageErrorf("cannot read the points: %s is a folder; name its files", path)
		}
	}
	return nil
}

// fileOptions says how to read the inputs.
func (f *sendFlags) fileOptions(points *pointsFlags) (o pointfile.Options, err error) {
	o = pointfile.Options{
		Source: f.source, Metric: f.metric, TimestampColumn: f.timestampColumn, SourceColumn: f.sourceColumn,
		MetricColumn: f.metricColumn, TagColumns: f.tagColumns,
	}
	if o.Format, err = pointfile.ParseFormat(f.format); err != nil {
		return o, usageErrorf("--format: %w", err)
	}
	if o.Unit, err = pointfile.ParseUnit(f.unit); err != nil {
		return o, usageErrorf("--time-unit: %w", err)
	}
	if o.Tags, err = parsePairs("--tag", f.tags); err != nil {
		return o, usageError{err}
	}
	o.Location, err = points.location()
	return o, err
}

// options says how to send.
func (f *sendFlags) options() []client.SendOption {
	options := []client.SendOption{client.WithBatchSize(f.batch), client.WithBatchDelay(f.delay)}
	if f.producer != "" {
		options = append(options, client.WithProducer(f.producer, f.epoch))
	}
	return options
}
