package cli

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/spf13/cobra"

	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

func (a *app) streamsCommand() *cobra.Command {
	return group("streams", "List, watch and cancel the open streams of a server",
		a.streamsListCommand(),
		a.streamsWatchCommand(),
		a.streamsCancelCommand(),
	)
}

func (a *app) streamsListCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the open streams, oldest first",
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				streams, more, err := collect(limit, func(size int32, cursor string) ([]*streamv1.Stream, string, error) {
					page, err := c.Streams().ListStreams(ctx, &streamv1.ListStreamsRequest{PageSize: size, Cursor: cursor})
					return page.GetStreams(), page.GetNextCursor(), err
				})
				if err != nil {
					return err
				}
				err = printList(a, streamColumns(), mapped(streams, viewStream))
				a.noteMore(more && err == nil)
				return err
			})
		},
	}
	limitFlag(cmd, &limit, "streams")
	return cmd
}

func (a *app) streamsCancelCommand() *cobra.Command {
	var reason string
	cmd := &cobra.Command{
		Use: "cancel STREAM_ID...", Short: "End streams; what they sent is kept and can be resumed",
		Args: args(cobra.MinimumNArgs(1), "at least one STREAM_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.forEach(args, func(id string) error {
					_, err := c.Streams().CancelStream(ctx, &streamv1.CancelStreamRequest{StreamId: id, Reason: reason})
					if err != nil {
						return err
					}
					return a.report(result{ID: id, Status: "cancelled"})
				})
			})
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "`text` for the client of the stream and the server's log")
	return cmd
}

func (a *app) streamsWatchCommand() *cobra.Command {
	var interval time.Duration
	cmd := &cobra.Command{
		Use: "watch", Short: "Print the open streams and then each change, until interrupted",
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.watchStreams(ctx, c, interval)
			})
		},
	}
	cmd.Flags().DurationVar(&interval, "interval", time.Second, "shortest `time` between two lines of a stream, 100ms to 1m")
	return cmd
}

// watchStreams prints until the server ends the watch. --timeout ends it well.
func (a *app) watchStreams(ctx context.Context, c *client.StreamingClient, interval time.Duration) error {
	watch, err := c.Streams().WatchStreams(ctx, &streamv1.WatchStreamsRequest{IntervalMs: int32(interval.Milliseconds())})
	if err != nil {
		return err
	}
	if err := a.printStreamHeading(); err != nil {
		return err
	}
	for {
		got, err := watch.Recv()
		if errors.Is(err, io.EOF) || errors.Is(ctx.Err(), context.DeadlineExceeded) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := a.printStream(viewStream(got.GetStream())); err != nil {
			return err
		}
	}
}

// watchLine has fixed widths, since the list has no end. The identifiers are
// UUIDs as a rule; the subject comes last because nothing bounds it closely.
const watchLine = "%-8s  %-36s  %-36s  %-9s  %12s  %12s  %s\n"

func (a *app) printStreamHeading() error {
	if a.globals.json || a.globals.quiet {
		return nil
	}
	return a.printf(watchLine, "TIME", "STREAM ID", "WORK ID", "STATE", "RECEIVED", "DURABLE", "SUBJECT")
}

// printStream writes a line of [watchLine].
func (a *app) printStream(s streamView) error {
	switch {
	case a.globals.json:
		return printJSON(a.env.Stdout, s)
	case a.globals.quiet:
		return a.printf("%s\n", s.StreamID)
	}
	return a.printf(watchLine, a.env.Now().Format(time.TimeOnly), s.StreamID, human.Text(s.WorkID), s.State,
		s.amount(s.Received), s.amount(s.Durable), s.Tenant+"/"+s.Subject)
}
