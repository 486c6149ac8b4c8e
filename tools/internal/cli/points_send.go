package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/failure"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
	"github.com/sluice-ingest/sluice/tools/internal/pointsend"
	"github.com/sluice-ingest/sluice/tools/internal/sending"
)

// errNotAllAccepted says that some line was not read or some point rejected.
var errNotAllAccepted = errors.New("not all points were accepted")

func (a *app) pointsSendCommand(points *pointsFlags) *cobra.Command {
	var f sendFlags
	cmd := &cobra.Command{
		Use: "send [FILE | -]...", Short: "Send the points of CSV and NDJSON files or of standard input",
		Long: `Send the points of CSV and NDJSON files or of standard input, which is "-", or
no FILE at all.

CSV needs a header, but for two columns, timestamp and value. A column of
numbers is a metric of its name, any other a tag. The metric of a column called
value is named after the file: ec2_cpu_utilization for
ec2_cpu_utilization_24ae8d.csv. NDJSON has an object on each line:

  {"source":"web-1","timestamp":"2026-11-22T10:00:00Z","metrics":{"cpu":0.5},"tags":{"rack":"r1"}}

The source is that of the point, or else the file's name without its extension.
A timestamp is RFC 3339, a date with a time of day, or a number since 1970 whose
unit is told by its size.

A line that can't be read is told and passed over; a point that the server
rejects is counted under its reason. Either ends the command with exit code 1.

With --producer a run that was cut can be run again with the same input: the
points that the producer's epoch has sent are passed over, so that each counts
once. They are counted and not compared: begin other input under a new --epoch.`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, paths []string) error {
			if len(paths) == 0 {
				paths = []string{pointfile.Stdin}
			}
			options, err := f.check(cmd, points, paths)
			if err != nil {
				return err
			}
			return a.sendPoints(cmd.Context(), &f, options, paths)
		},
	}
	f.register(cmd.Flags())
	return cmd
}

// sendPoints sends what the paths stand for and tells what became of it.
func (a *app) sendPoints(ctx context.Context, f *sendFlags, options pointfile.Options, paths []string) error {
	retry := client.WithRetry(client.RetryPolicy{MaxAttempts: f.retries + 1})
	return a.withClient(ctx, func(ctx context.Context, c *client.StreamingClient) error {
		if err := pingPoints(ctx, c); err != nil {
			return err
		}
		s := &pointSending{app: a, progress: sending.Progress{
			Noun: "point", Nouns: "points", Log: a.env.Stderr, Draw: a.env.DrawStderr, Quiet: a.globals.quiet,
		}}
		s.feed = &pointsend.Feed{Paths: paths, Stdin: a.env.Stdin, Options: options, Bad: s.bad, Failed: s.failed}
		var err error
		if s.feed.Skip, err = f.sentBefore(ctx, c); err != nil {
			return err
		}
		result, err := s.run(ctx, c, f.options())
		if err != nil {
			return a.sendingFailed(ctx, err, s.progress.Failure(), f.resumeAdvice(paths, err))
		}
		return a.concludeSending(s.summary(result))
	}, retry)
}

// pointSending is one run of `sluice points send`.
type pointSending struct {
	app      *app
	feed     *pointsend.Feed
	progress sending.Progress

	badLines     int64
	failedInputs int
	// unprintable is the first error of standard output.
	unprintable error
}

// run feeds the points to the SDK. Nothing of it runs any more when it returns.
func (s *pointSending) run(ctx context.Context, c *client.StreamingClient, options []client.SendOption) (*client.SendResult, error) {
	ctx, cancel := context.WithCancel(ctx)
	points := make(chan *client.DataPoint, 1000)
	var feeding sync.WaitGroup
	feeding.Go(func() { s.feed.Run(ctx, points) })
	defer feeding.Wait()
	defer cancel()
	options = append(options, client.WithSendProgress(s.progress.Moved), client.WithProgressInterval(s.progress.Interval()))
	return c.SendDataPoints(ctx, points, options...)
}

// bad tells of a line that can't be read.
func (s *pointSending) bad(line *pointfile.LineError) {
	s.badLines++
	s.progress.Note("sluice: " + human.Text(line.Error()))
	if s.app.globals.json {
		s.print(badLineView{File: line.File, Line: line.Line, Error: failure.Of(line.Err)})
	}
}

// failed tells of an input that can't be read to its end.
func (s *pointSending) failed(path string, err error) {
	s.failedInputs++
	s.progress.Note("sluice: " + human.Text(err.Error()))
	if s.app.globals.json {
		s.print(badLineView{File: path, Error: failure.Of(err)})
	}
}

func (s *pointSending) print(v any) {
	s.unprintable = errors.Join(s.unprintable, printJSON(s.app.env.Stdout, v))
}

func (s *pointSending) summary(result *client.SendResult) pointsend.Summary {
	return pointsend.Summary{
		Result: result, Skipped: s.feed.Skipped(), BadLines: s.badLines, FailedInputs: s.failedInputs, Place: s.feed.Place,
	}
}

// concludeSending prints the summary and turns it into the command's error.
func (a *app) concludeSending(s pointsend.Summary) error {
	err := a.printSummary(s)
	if err == nil && !s.Complete() {
		err = reportedError{errNotAllAccepted}
	}
	return err
}

func (a *app) printSummary(s pointsend.Summary) error {
	if a.globals.json {
		return printJSON(a.env.Stdout, viewSummary(s))
	}
	if warning := s.Warning(); warning != "" && !a.globals.quiet {
		a.notef("sluice: warning: %s", warning)
	}
	return a.sayf("%s\n%s", s.Text(), s.Receipt())
}

// sendingFailed tells of an error with what is durable all the same, and of a
// stop with the failure that the call waited for to pass.
func (a *app) sendingFailed(ctx context.Context, err, waiting error, resume string) error {
	durable := ""
	if e, ok := client.AsError(err); ok && e.ProducerID != "" {
		durable = fmt.Sprintf("; %s durable", human.Count(int(e.DurablePoints), "point"))
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

// sentBefore returns how many points the producer's epoch has sent, accepted or
// not.
func (f *sendFlags) sentBefore(ctx context.Context, c *client.StreamingClient) (int64, error) {
	if f.producer == "" {
		return 0, nil
	}
	stream, err := c.Points().CollectDataPoints(ctx)
	if err != nil {
		return 0, err
	}
	// An error of Send is io.EOF when the server has answered; the answer tells.
	_ = stream.Send(&collectorv1.CollectDataPointsRequest{ProducerId: f.producer, Epoch: f.epoch})
	answer, err := stream.CloseAndRecv()
	if err != nil {
		return 0, err
	}
	totals := answer.GetEpochTotals()
	if totals.GetEpoch() != f.epoch {
		return 0, nil
	}
	return totals.GetSuccessfulCount() + totals.GetErrorCount(), nil
}

// resumeAdvice is how to go on with a sending that was stopped. Standard input
// can't be read again from its beginning.
func (f *sendFlags) resumeAdvice(paths []string, err error) string {
	e, ok := client.AsError(err)
	if !ok || e.ProducerID == "" || slices.Contains(paths, pointfile.Stdin) {
		return ""
	}
	if f.producer != "" {
		return "; run the same command again to go on"
	}
	return "; to go on, run the same command again with --producer " + e.ProducerID
}

// badLineView is a line, or a whole input, that could not be read, as JSON.
type badLineView struct {
	File  string          `json:"file"`
	Line  int             `json:"line,omitempty"`
	Error failure.Failure `json:"error"`
}

// showCount writes a number with its thousands apart.
func showCount(n int64) string { return humanize.Comma(n) }
