package cli

import (
	"context"
	"io"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

// uploader returns what sends the files that the paths stand for.
func (a *app) uploader(c *client.StreamingClient, paths []string) transfer.Uploader {
	if isStdin(paths) {
		return stdinUploader{client: c, content: a.env.Stdin}
	}
	return c
}

// stdinUploader uploads a stream of unknown length in one attempt.
type stdinUploader struct {
	client  *client.StreamingClient
	content io.Reader
}

func (u stdinUploader) UploadWithRetry(ctx context.Context, _ string, opts ...client.UploadOption) (*client.Receipt, error) {
	return u.client.UploadReader(ctx, stdin, u.content, opts...)
}
