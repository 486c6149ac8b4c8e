package client

import (
	"context"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// watchedSize is the size above which an upload's durable position is watched.
// A smaller one is over before it would move.
const watchedSize = 8 << 20

// watched tells whether somebody looks at the durable position.
func (u *upload) watched() bool {
	size := u.content.size()
	return u.report != nil && (size > watchedSize || size == unknownSize)
}

// watch follows the durable position and the status until ctx ends. It only feeds the
// progress, so its failure harms nothing: the position then moves with the
// stream's own answers.
func (u *upload) watch(ctx context.Context, a *answer[*fileuploadv1.UploadFileResponse]) {
	select {
	case <-a.greeted:
	case <-ctx.Done():
		return
	}
	if a.hello == nil {
		return
	}
	own := new(usedToken) // The token that matters is the upload's.
	moves, err := u.client.files.WatchUpload(own.in(ctx), &fileuploadv1.WatchUploadRequest{UploadId: u.id()})
	if err != nil {
		return
	}
	for {
		move, err := moves.Recv()
		if err != nil {
			return
		}
		u.meter.durable(move.GetUpload().GetPosition().GetDurable())
		if UploadStatus(move.GetUpload().GetStatus()) == UploadScanning {
			u.meter.scanning()
		}
	}
}
