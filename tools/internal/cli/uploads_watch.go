package cli

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// watchLineInterval is the shortest time between two lines about the same status.
const watchLineInterval = time.Second

func (a *app) uploadsWatchCommand() *cobra.Command {
	return &cobra.Command{
		Use: "watch UPLOAD_ID", Short: "Follow an upload to its end: how far, how fast, how long still",
		Long: `Follow an upload to its end: how far, how fast, how long still.

It may be the upload of another process. A line is printed when the status
changes and once a second; --json prints each move. The exit code is 0 when the
file is available.`,
		Args: args(cobra.ExactArgs(1), "one UPLOAD_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.watchUpload(ctx, c, args[0])
			})
		},
	}
}

// watchUpload prints until the upload has ended.
func (a *app) watchUpload(ctx context.Context, c *client.StreamingClient, id string) error {
	var last client.UploadState
	var told time.Time
	for state, err := range c.WatchUpload(ctx, id) {
		if err != nil {
			return err
		}
		now := a.env.Now()
		if !a.globals.json && state.Status == last.Status && now.Sub(told) < watchLineInterval {
			continue
		}
		if err := a.printUploadState(state); err != nil {
			return err
		}
		last, told = state, now
	}
	if last.Status != client.UploadAvailable {
		return fmt.Errorf("the upload is %s", last.Status)
	}
	return nil
}

func (a *app) printUploadState(s client.UploadState) error {
	if a.globals.json {
		return printJSON(a.env.Stdout, viewUploadState(s))
	}
	return a.sayf("%s", uploadStateLine(s))
}

// viewUploadState is a state as the other commands show an upload.
func viewUploadState(s client.UploadState) uploadView {
	view := uploadView{
		UploadID: s.UploadID, FileName: s.FileName, Status: s.Status.String(),
		Received: s.Position.Received, Durable: s.Position.Durable,
		BytesPerSecond: s.Rate, SecondsLeft: s.TimeLeft.Seconds(),
		StreamID: s.StreamID, FileID: s.FileID,
		CreateTime: knownTime(s.CreateTime), UpdateTime: knownTime(s.UpdateTime), ExpireTime: knownTime(s.ExpireTime),
	}
	if s.Total >= 0 {
		view.TotalSize = &s.Total
	}
	if s.Done >= 0 {
		view.Progress = &s.Done
	}
	return view
}

// uploadStateLine writes a state in one line, such as
//
//	receiving  42 %  420 MiB of 1.0 GiB, 384 MiB durable  100 MiB/s, 6s left
func uploadStateLine(s client.UploadState) string {
	view := viewUploadState(s)
	size := human.Size(s.Position.Received)
	if s.Total >= 0 {
		size += " of " + human.Size(s.Total)
	}
	parts := []string{view.Status, view.percentage(), size + ", " + human.Size(s.Position.Durable) + " durable", view.rate()}
	if s.FileID != "" {
		parts = append(parts, "file "+s.FileID)
	}
	return strings.Join(nonEmpty(parts), "  ")
}

func nonEmpty(texts []string) []string {
	var kept []string
	for _, text := range texts {
		if text != "" {
			kept = append(kept, text)
		}
	}
	return kept
}

// knownTime returns nil for the zero time.
func knownTime(t time.Time) *time.Time {
	if t.IsZero() {
		return nil
	}
	return &t
}
