package cli

import (
	"context"
	"fmt"

	"github.com/dustin/go-humanize"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

// namedUploader sends a file under the upload id that the user has given. It tells
// of which file the upload is where that is another one.
type namedUploader struct {
	transfer.Uploader

	client   *client.StreamingClient
	uploadID string
}

// named returns what sends under --upload-id.
func (f uploadFlags) named(c *client.StreamingClient, u transfer.Uploader) transfer.Uploader {
	if f.uploadID == "" {
		return u
	}
	return namedUploader{Uploader: u, client: c, uploadID: f.uploadID}
}

func (u namedUploader) UploadWithRetry(
	ctx context.Context, path string, opts ...client.UploadOption,
) (*client.Receipt, error) {
	receipt, err := u.Uploader.UploadWithRetry(ctx, path, opts...)
	if e, ok := client.AsError(err); ok && e.Reason == "WORK_CHANGED" {
		return receipt, u.changed(ctx, e)
	}
	return receipt, err
}

// changed adds to e of which file the upload is, if the server still tells that.
func (u namedUploader) changed(ctx context.Context, e *client.Error) error {
	got, err := u.client.Files().GetUpload(ctx, &fileuploadv1.GetUploadRequest{UploadId: u.uploadID})
	if err != nil {
		return e
	}
	differs := *e
	differs.Message = fmt.Sprintf("upload %s is of %s, and this has another %s; "+
		"leave --upload-id out or give a new one to upload this, or give the file and the flags that the upload began with to go on with it",
		human.Text(u.uploadID), uploadedFile(got.GetUpload()), e.Field)
	return &differs
}

// uploadedFile is the file of an upload in a few words.
func uploadedFile(u *fileuploadv1.Upload) string {
	name := fmt.Sprintf("the file %q", u.GetFileName())
	if u.TotalSize == nil {
		return name
	}
	return name + " with " + humanize.Comma(u.GetTotalSize()) + " bytes"
}
