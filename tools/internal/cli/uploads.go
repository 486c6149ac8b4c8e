package cli

import (
	"context"

	"github.com/spf13/cobra"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

func (a *app) uploadsCommand() *cobra.Command {
	return group("uploads", "List, show, watch and abort uploads, finished or not",
		a.uploadsListCommand(),
		a.uploadsShowCommand(),
		a.uploadsWatchCommand(),
		a.uploadsAbortCommand(),
	)
}

func (a *app) uploadsListCommand() *cobra.Command {
	var limit int
	var unfinished bool
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List your uploads, newest first",
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			var statuses []fileuploadv1.UploadStatus
			if unfinished {
				statuses = unfinishedStatuses()
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				uploads, more, err := collect(limit, func(size int32, cursor string) ([]*fileuploadv1.Upload, string, error) {
					page, err := c.Files().ListUploads(ctx, &fileuploadv1.ListUploadsRequest{
						PageSize: size, Cursor: cursor, Statuses: statuses,
					})
					return page.GetUploads(), page.GetNextCursor(), err
				})
				if err != nil {
					return err
				}
				err = printList(a, uploadColumns(), mapped(uploads, viewUpload))
				a.noteMore(more && err == nil)
				return err
			})
		},
	}
	cmd.Flags().BoolVar(&unfinished, "unfinished", false, "only uploads that can still be resumed")
	limitFlag(cmd, &limit, "uploads")
	return cmd
}

func unfinishedStatuses() []fileuploadv1.UploadStatus {
	return []fileuploadv1.UploadStatus{
		fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING,
		fileuploadv1.UploadStatus_UPLOAD_STATUS_VERIFYING,
		fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING,
	}
}

func (a *app) uploadsShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show UPLOAD_ID", Short: "Show where an upload stands",
		Args: args(cobra.ExactArgs(1), "one UPLOAD_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				got, err := c.Files().GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: args[0]})
				if err != nil {
					return err
				}
				view := viewUpload(got.GetUpload())
				return a.printItem(view, view.properties())
			})
		},
	}
}

func (a *app) uploadsAbortCommand() *cobra.Command {
	return &cobra.Command{
		Use: "abort UPLOAD_ID...", Short: "Give unfinished uploads up and remove their bytes",
		Args: args(cobra.MinimumNArgs(1), "at least one UPLOAD_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.forEach(args, func(id string) error {
					if _, err := c.Files().AbortUpload(ctx, &fileuploadv1.AbortUploadRequest{UploadId: id}); err != nil {
						return err
					}
					return a.report(result{ID: id, Status: "aborted"})
				})
			})
		},
	}
}
