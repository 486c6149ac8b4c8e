package cli

import (
	"context"

	"github.com/spf13/cobra"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

func (a *app) filesCommand() *cobra.Command {
	return group("files", "List, show, verify, update, copy and delete stored files",
		a.filesListCommand(),
		a.filesShowCommand(),
		a.filesVerifyCommand(),
		a.filesUpdateCommand(),
		a.filesCopyCommand(),
		a.filesDeleteCommand(),
		a.quarantineCommand(),
	)
}

func (a *app) filesListCommand() *cobra.Command {
	var prefix string
	var limit int
	cmd := &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List stored files, newest first",
		Args: args(cobra.NoArgs, "no arguments; give --prefix to choose by name"),
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				files, more, err := collect(limit, func(size int32, cursor string) ([]*fileuploadv1.File, string, error) {
					page, err := c.Files().ListFiles(ctx, &fileuploadv1.ListFilesRequest{
						PageSize: size, Cursor: cursor, NamePrefix: prefix,
					})
					return page.GetFiles(), page.GetNextCursor(), err
				})
				if err != nil {
					return err
				}
				err = printList(a, fileColumns(), mapped(files, viewFile))
				a.noteMore(more && err == nil)
				return err
			})
		},
	}
	cmd.Flags().StringVar(&prefix, "prefix", "", "only files whose name begins with this `text`; case matters")
	limitFlag(cmd, &limit, "files")
	return cmd
}

func (a *app) filesShowCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show FILE_ID", Short: "Show what is known of a file",
		Args: args(cobra.ExactArgs(1), "one FILE_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				got, err := c.Files().GetFile(ctx, &fileuploadv1.GetFileRequest{FileId: args[0]})
				if err != nil {
					return err
				}
				return a.printFile(got.GetFile())
			})
		},
	}
}

func (a *app) filesCopyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "copy FILE_ID [NAME]", Aliases: []string{"cp"}, Short: "Make a second file of the same content",
		Args: args(cobra.RangeArgs(1, 2), "a FILE_ID, and a NAME for the copy if it is to have another"),
		RunE: func(cmd *cobra.Command, args []string) error {
			request := &fileuploadv1.CopyFileRequest{FileId: args[0]}
			if len(args) == 2 {
				request.FileName = args[1]
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				got, err := c.Files().CopyFile(ctx, request)
				if err != nil {
					return err
				}
				if a.globals.quiet && !a.globals.json {
					return a.printf("%s\n", got.GetFile().GetFileId())
				}
				return a.printFile(got.GetFile())
			})
		},
	}
}

func (a *app) filesDeleteCommand() *cobra.Command {
	return &cobra.Command{
		Use: "delete FILE_ID...", Aliases: []string{"rm"}, Short: "Remove files for good",
		Args: args(cobra.MinimumNArgs(1), "at least one FILE_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.forEach(args, func(id string) error {
					if _, err := c.Files().DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: id}); err != nil {
						return err
					}
					return a.report(result{ID: id, Status: "deleted"})
				})
			})
		},
	}
}

func (a *app) printFile(f *fileuploadv1.File) error {
	view := viewFile(f)
	return a.printItem(view, view.properties())
}

// result is what became of one thing that a command was to change.
type result struct {
	ID     string `json:"id"`
	Status string `json:"status"`
}

func (a *app) report(r result) error {
	if a.globals.json {
		return printJSON(a.env.Stdout, r)
	}
	return a.sayf("%s %s", r.Status, human.Text(r.ID))
}
