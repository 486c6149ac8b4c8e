package cli

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// errDamaged says that a stored file is not what was uploaded any more.
var errDamaged = errors.New("the stored bytes are not what was uploaded; upload the file again with `sluice upload --new`, then delete this one")

// verification is what reading a file back has shown.
type verification struct {
	FileID   string `json:"file_id"`
	Intact   bool   `json:"intact"`
	Size     int64  `json:"size"`
	Checksum string `json:"checksum,omitempty"`
	Damage   string `json:"damage,omitempty"`
}

func (v verification) properties() []property {
	intact := "yes"
	if !v.Intact {
		intact = "no"
	}
	return []property{
		{"file id", v.FileID},
		{"intact", intact},
		{"size", showSize(v.Size)},
		{"sha-256", v.Checksum},
		{"damage", v.Damage},
	}
}

func (a *app) filesVerifyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "verify FILE_ID", Short: "Have the server read a file back and compare it with its checksum",
		Args: args(cobra.ExactArgs(1), "one FILE_ID"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withClient(cmd.Context(), func(ctx context.Context, c *client.StreamingClient) error {
				return a.verify(ctx, c, args[0])
			})
		},
	}
}

func (a *app) verify(ctx context.Context, c *client.StreamingClient, id string) error {
	got, err := c.Files().VerifyFile(ctx, &fileuploadv1.VerifyFileRequest{FileId: id})
	if err != nil {
		return err
	}
	v := verification{
		FileID: id, Intact: got.GetIntact(), Size: got.GetSize(), Checksum: got.GetChecksum(), Damage: got.GetDamage(),
	}
	if err := a.printItem(v, v.properties()); err != nil {
		return err
	}
	if !v.Intact {
		return errDamaged
	}
	return nil
}
