package cli

import (
	"math"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/logfile"
)

// logFileFlags say how to read files of logs.
type logFileFlags struct {
	format, application, level string
}

func (f *logFileFlags) register(flags *pflag.FlagSet) {
	flags.StringVar(&f.format, "format", "auto", "`format` of the input: "+logfile.FormatNames)
	flags.StringVar(&f.application, "application", "", "`name` of the application for all entries; by default the program in the line, or else the file's name")
	flags.StringVar(&f.level, "level", "", "`level` of entries whose line has none; by default the service looks for it in the message")
}

// options says how to read the inputs.
func (f *logFileFlags) options(logs *logsFlags, now func() time.Time) (o logfile.Options, err error) {
	o = logfile.Options{Application: f.application, Level: f.level, Now: now}
	if o.Format, err = logfile.ParseFormat(f.format); err != nil {
		return o, usageErrorf("--format: %w", err)
	}
	o.Location, err = logs.location()
	return o, err
}

// logsSendFlags are the flags of `sluice logs send`.
type logsSendFlags struct {
	logFileFlags

	producer       string
	epoch          int64
	batch, retries int
	delay          time.Duration
}

func (f *logsSendFlags) register(flags *pflag.FlagSet) {
	f.logFileFlags.register(flags)
	flags.StringVar(&f.producer, "producer", "", "`id` of the producer, under which a cut run goes on; a new one by default")
	flags.Int64Var(&f.epoch, "epoch", 0, "`number` of the producer's life; a newer one begins anew and ends the older")
	flags.IntVar(&f.batch, "batch-size", 500, "entries of a full frame")
	flags.DurationVar(&f.delay, "delay", 100*time.Millisecond, "`time` that a frame waits for further entries until it is full")
	flags.IntVar(&f.retries, "retries", 7, "try again this often without progress")
}

// check refuses flags that can't be used, and inputs that can't be there.
func (f *logsSendFlags) check(cmd *cobra.Command, paths []string) error {
	switch {
	case f.batch < 1:
		return usageErrorf("--batch-size %d is no number of entries; give 1 or more", f.batch)
	case f.delay <= 0:
		return usageErrorf("--delay %s is no time to wait; give more than 0, or --batch-size 1", f.delay)
	case f.retries < 0 || f.retries == math.MaxInt:
		return usageErrorf("--retries %d is no number of attempts; 0 means one", f.retries)
	case f.epoch < 0:
		return usageErrorf("--epoch %d is negative", f.epoch)
	case cmd.Flags().Changed("epoch") && f.producer == "":
		return usageErrorf("--epoch means nothing without --producer")
	}
	return checkLogs(paths)
}

// sendOptions says how to send.
func (f *logsSendFlags) sendOptions() []client.SendOption {
	options := []client.SendOption{client.WithBatchSize(f.batch), client.WithBatchDelay(f.delay)}
	if f.producer != "" {
		options = append(options, client.WithProducer(f.producer, f.epoch))
	}
	return options
}
