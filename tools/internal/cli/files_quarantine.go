package cli

import (
	"context"

	"github.com/spf13/cobra"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

func (a *app) quarantineCommand() *cobra.Command {
	return group("quarantine", "List, release and delete files in quarantine, with the scope files:quarantine",
		a.quarantineListCommand(),
		a.quarantineReleaseCommand(),
		a.quarantineDeleteCommand(),
	)
}

// quarantinedView is a file in quarantine in a list.
type quarantinedView struct{ fileView }

func quarantinedColumns() []string {
	return []string{"FILE ID", "SIZE", "STORED", "EXPIRES", "WHY", "NAME"}
}

func (q quarantinedView) row() []string {
	return []string{
		q.FileID, human.Size(q.Size), showTime(q.CreateTime), orDash(showTime(q.ExpireTime)),
		orDash(human.Text(q.Quarantine)), human.Text(q.FileName),
	}
}

func viewQuarantined(f *fileuploadv1.File) quarantinedView { return quarantinedView{viewFile(f)} }

func (a *app) quarantineListCommand() *cobra.Command {
	var limit int
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List files in quarantine and why they are there, newest first",
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				files, more, err := collect(limit, func(size int32, cursor string) ([]*fileuploadv1.File, string, error) {
					page, err := c.Files().ListQuarantinedFiles(ctx, &fileuploadv1.ListQuarantinedFilesRequest{
						PageSize: size, Cursor: cursor,
					})
					return page.GetFiles(), page.GetNextCursor(), err
				})
				if err != nil {
					return err
				}
				err = printList(a, quarantinedColumns(), mapped(files, viewQuarantined))
				a.noteMore(more && err == nil)
				return err
			})
		},
	}
	limitFlag(cmd, &limit, "files")
	return cmd
}

func (a *app) quarantineReleaseCommand() *cobra.Command {
	return &cobra.Command{
		Use: "release FILE_ID...", Short: "Make files available, whatever the scanner said",
		Args: args(cobra.MinimumNArgs(1), "at least one FILE_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.forEach(args, func(id string) error {
					request := &fileuploadv1.ReleaseQuarantinedFileRequest{FileId: id}
					if _, err := c.Files().ReleaseQuarantinedFile(ctx, request); err != nil {
						return err
					}
					return a.report(result{ID: id, Status: "released"})
				})
			})
		},
	}
}

func (a *app) quarantineDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete FILE_ID...", Aliases: []string{"rm"}, Short: "Remove files in quarantine for good",
		Args: args(cobra.MinimumNArgs(1), "at least one FILE_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.forEach(args, func(id string) error {
					request := &fileuploadv1.DeleteQuarantinedFileRequest{FileId: id}
					if _, err := c.Files().DeleteQuarantinedFile(ctx, request); err != nil {
						return err
					}
					return a.report(result{ID: id, Status: "deleted"})
				})
			})
		},
	}
}
