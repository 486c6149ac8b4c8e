package cli

import (
	"context"
	"errors"
	"time"

	"github.com/spf13/cobra"
	"google.golang.org/protobuf/types/known/fieldmaskpb"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// never is the --expires of a file that is kept for good.
const never = "never"

// fileChange are the flags of `sluice files update`.
type fileChange struct {
	metadata   []string
	noMetadata bool
	// expires is what was given, if it was.
	expires      string
	expiresGiven bool
}

func (a *app) filesUpdateCommand() *cobra.Command {
	var change fileChange
	cmd := &cobra.Command{
		Use: "update FILE_ID", Short: "Change the metadata of a file, or how long it is kept",
		Long: `Change the metadata of a file, or how long it is kept.

The pairs of --metadata take the place of all that the file had. Its name and its
content never change; ` + "`sluice files copy`" + ` gives a content another name.`,
		Args: args(cobra.ExactArgs(1), "one FILE_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			change.expiresGiven = cmd.Flags().Changed("expires")
			request, err := change.request(args[0], a.env.Now())
			if err != nil {
				return usageError{err}
			}
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				got, err := c.Files().UpdateFile(ctx, request)
				if err != nil {
					return err
				}
				return a.printFile(got.GetFile())
			})
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&change.metadata, "metadata", nil, "keep this `key=value` with the file, in place of what it had; may be repeated")
	flags.BoolVar(&change.noMetadata, "no-metadata", false, "keep no metadata with the file")
	flags.StringVar(&change.expires, "expires", "", "have the server remove the file after this `time`, such as 30d, or then, such as 2027-01-31; never: keep it")
	return cmd
}

// request is what the flags ask for.
func (c *fileChange) request(fileID string, now time.Time) (*fileuploadv1.UpdateFileRequest, error) {
	request := &fileuploadv1.UpdateFileRequest{FileId: fileID, UpdateMask: new(fieldmaskpb.FieldMask)}
	if err := c.setMetadata(request); err != nil {
		return nil, err
	}
	if err := c.setExpiry(request, now); err != nil {
		return nil, err
	}
	if len(request.GetUpdateMask().GetPaths()) == 0 {
		return nil, errors.New("there is nothing to change; give --metadata, --no-metadata or --expires")
	}
	return request, nil
}

func (c *fileChange) setMetadata(request *fileuploadv1.UpdateFileRequest) (err error) {
	switch {
	case c.noMetadata && len(c.metadata) > 0:
		return errors.New("--no-metadata contradicts --metadata; give one of them")
	case !c.noMetadata && len(c.metadata) == 0:
		return nil
	}
	request.UpdateMask.Paths = append(request.UpdateMask.Paths, "metadata")
	request.Metadata, err = parseMetadata(c.metadata)
	return err
}

func (c *fileChange) setExpiry(request *fileuploadv1.UpdateFileRequest, now time.Time) error {
	if !c.expiresGiven {
		return nil
	}
	request.UpdateMask.Paths = append(request.UpdateMask.Paths, "expire_time")
	if c.expires == never {
		return nil
	}
	at, err := parseExpiry(c.expires, now, func(now time.Time, lifetime time.Duration) time.Time {
		return now.Add(lifetime).UTC().Truncate(time.Microsecond)
	})
	if err != nil {
		return err
	}
	request.ExpireTime = timestamppb.New(at)
	return nil
}
