package cli

import (
	"context"
	"errors"
	"os"
	"slices"
	"sync"

	"github.com/spf13/cobra"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/logfile"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
	"github.com/sluice-ingest/sluice/tools/internal/sending"
)

// errNotAllTaken says that some entry was rejected or some input not read.
var errNotAllTaken = errors.New("not all entries were taken")

func (a *app) logsSendCommand(logs *logsFlags) *cobra.Command {
	var f logsSendFlags
	cmd := &cobra.Command{
		Use: "send [FILE | -]...", Short: "Send the entries of log files or of standard input",
		Long: `Send the entries of log files or of standard input, which is "-", or no FILE at
all. What is packed with gzip is unpacked.

The format is found by the first lines and shown: access logs of Apache and
nginx (common and combined), the error log of nginx, syslog of RFC 3164 and RFC
5424, log4j and what looks like it (logback, Python, java.util.logging, Spring
and others), klog, JSON lines, logfmt, container logs (CRI), or plain text.

A timestamp without a year gets the latest one with which it is not after the
file's own time, or after now for standard input; one without a zone is of
--timezone. Lines of a stack trace go on the entry before them. Any other line
that is not in the format is an entry of plain text with the time of the line
before it, and counted.

An entry that the service rejects is counted under its reason and ends the
command with exit code 1. What filter rules leave out is no failure.

With --producer a run that was cut can be run again with the same input: the
entries that the producer's epoch has sent are passed over, so that each counts
once. They are counted and not compared: begin other input under a new --epoch.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, paths []string) error {
			paths = orStdin(paths)
			if err := f.check(cmd, paths); err != nil {
				return err
			}
			options, err := f.options(logs, a.env.Now)
			if err != nil {
				return err
			}
			return a.sendLogs(cmd.Context(), &f, options, paths)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

func orStdin(paths []string) []string {
	if len(paths) == 0 {
		return []string{logfile.Stdin}
	}
	return paths
}

// checkLogs refuses files that are not there before any entry is sent.
func checkLogs(paths []string) error {
	for i, path := range paths {
		if slices.Contains(paths[:i], path) {
			return usageErrorf("%s is given twice", path)
		}
		if path == logfile.Stdin {
			continue
		}
		info, err := os.Stat(path)
		if err != nil {
			return usageErrorf("cannot read the logs: %w", err)
		}
		if info.IsDir() {
			return usageErrorf("cannot read the logs: %s is a folder; name its files", path)
		}
	}
	return nil
}

// sendLogs sends what the paths stand for and tells what became of it.
func (a *app) sendLogs(ctx context.Context, f *logsSendFlags, options logfile.Options, paths []string) error {
	retry := client.WithRetry(client.RetryPolicy{MaxAttempts: f.retries + 1})
	return a.withClient(ctx, func(ctx context.Context, c *client.StreamingClient) error {
		if err := pingLogs(ctx, c); err != nil {
			return err
		}
		s := &logSending{app: a, progress: sending.Progress{
			Noun: "entry", Nouns: "entries", Log: a.env.Stderr, Draw: a.env.DrawStderr, Quiet: a.globals.quiet,
		}}
		s.feed = &logsend.Feed{Paths: paths, Stdin: a.env.Stdin, Options: options, Found: s.found, Failed: s.failed}
		var err error
		if s.feed.Skip, err = f.sentBefore(ctx, c); err != nil {
			return err
		}
		result, err := s.run(ctx, c, f.sendOptions())
		if err != nil {
			return a.logSendingFailed(ctx, err, s.progress.Failure(), f.resumeAdvice(paths, err))
		}
		return errors.Join(s.unprintable, a.concludeLogs(s.summary(result)))
	}, retry)
}

// logSending is one run of `sluice logs send`.
type logSending struct {
	app      *app
	feed     *logsend.Feed
	progress sending.Progress

	failedInputs int
	// unprintable is the first error of standard output.
	unprintable error
}

// run feeds the entries to the SDK. Nothing of it runs any more when it returns.
func (s *logSending) run(ctx context.Context, c *client.StreamingClient, options []client.SendOption) (*client.LogResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	entries := make(chan *client.LogEntry, 1000)
	var feeding sync.WaitGroup
	feeding.Go(func() { s.feed.Run(ctx, entries) })
	defer feeding.Wait()
	defer cancel()
	options = append(options, client.WithSendProgress(s.progress.Moved), client.WithProgressInterval(s.progress.Interval()))
	return c.SendLogs(ctx, entries, options...)
}

// found tells of the format of standard input, which may not end soon; the
// receipt tells of every input.
func (s *logSending) found(path string, format logfile.Format) {
	if path == logfile.Stdin {
		s.progress.Say("sluice: " + logsend.Name(path) + ": " + format.Title())
	}
}

// failed tells of an input that can't be read to its end.
func (s *logSending) failed(path string, err error) {
	s.failedInputs++
	s.progress.Note("sluice: " + human.Text(err.Error()))
	if s.app.globals.json {
		s.unprintable = errors.Join(s.unprintable, printJSON(s.app.env.Stdout, badLineView{File: path, Error: failure.Of(err)}))
	}
}

func (s *logSending) summary(result *client.LogResult) logsend.Summary {
	return logsend.Summary{
		Result: result, Reports: s.feed.Reports(), Skipped: s.feed.Skipped(), FailedInputs: s.failedInputs, Place: s.feed.Place,
	}
}

// concludeLogs prints the summary and turns it into the command's error.
func (a *app) concludeLogs(s logsend.Summary) error {
	err := a.printLogSummary(s)
	if err == nil && !s.Complete() {
		err = reportedError{errNotAllTaken}
	}
	return err
}

func (a *app) printLogSummary(s logsend.Summary) error {
	if a.globals.json {
		return printJSON(a.env.Stdout, viewLogSummary(s))
	}
	if warning := s.Warning(); warning != "" && !a.globals.quiet {
		a.notef("sluice: warning: %s", warning)
	}
	return a.sayf("%s\n%s", s.Text(), s.Receipt())
}

// logSendingFailed tells of an error with what is durable all the same, and of a
// stop with the failure that the call waited for to pass.
func (a *app) logSendingFailed(ctx context.Context, err, waiting error, resume string) error {
	durable := ""
	if e, ok := client.AsError(err); ok && e.ProducerID != "" {
		durable = "; " + logsend.Count(e.DurableEntries) + " durable"
	}
	text := a.explain(err)
	if ctx.Err() != nil && !a.timedOut(err) {
		err, text = context.Canceled, "interrupted"
		if waiting != nil {
			text += " after " + failure.Brief(waiting)
		}
	}
	a.failJSON("", err, text)
	a.notef("sluice: %s%s%s", text, durable, resume)
	return reportedError{err}
}

// sentBefore returns how many entries the producer's epoch has sent, whatever
// became of them.
func (f *logsSendFlags) sentBefore(ctx context.Context, c *client.StreamingClient) (int64, error) {
	if f.producer == "" {
		return 0, nil
	}
	stream, err := c.Logs().CollectLogs(ctx)
	if err != nil {
		return 0, err
	}
	// An error of Send is io.EOF when the server has answered; the answer tells.
	_ = stream.Send(&logaggv1.CollectLogsRequest{ProducerId: f.producer, Epoch: f.epoch})
	answer, err := stream.CloseAndRecv()
	if err != nil {
		return 0, err
	}
	totals := answer.GetEpochTotals()
	if totals.GetEpoch() != f.epoch {
		return 0, nil
	}
	return totals.GetIndexedCount() + totals.GetFilteredCount() + totals.GetRejectedCount(), nil
}

// resumeAdvice is how to go on with a sending that was stopped. Standard input
// can't be read again from its beginning.
func (f *logsSendFlags) resumeAdvice(paths []string, err error) string {
	e, ok := client.AsError(err)
	if !ok || e.ProducerID == "" || slices.Contains(paths, logfile.Stdin) {
		return ""
	}
	if f.producer != "" {
		return "; run the same command again to go on"
	}
	return "; to go on, run the same command again with --producer " + e.ProducerID
}
