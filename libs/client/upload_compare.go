package client

import (
	"context"
	"fmt"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// compareAhead compares the content with what the server has of it before a stream
// is opened: hashing the beginning of a large file takes longer than a server lets
// a stream be silent, and a stream opened for a file that has changed would end
// another one for nothing. It asks again while another stream brings the upload
// further meanwhile.
//
// Where the server does not answer the stream tells why, or the Hello has what is
// to be compared.
func (u *upload) compareAhead(ctx context.Context) error {
	if !u.mayResume() || u.content.random() == nil {
		return nil
	}
	for u.content.size()-u.compared >= firstMarkStep {
		durable, sum := u.ask(ctx)
		if durable-u.compared < firstMarkStep {
			return nil
		}
		if err := u.compare(ctx, durable, sum); err != nil {
			return err
		}
		u.meter.enter(TransferConnecting)
	}
	return nil
}

// ask returns how many bytes of the upload are durable, and their SHA-256; 0 where
// the server does not tell.
func (u *upload) ask(ctx context.Context) (durable int64, sum string) {
	own := new(usedToken) // The token that matters is the upload's.
	at, err := u.client.files.GetUpload(own.in(ctx), &fileuploadv1.GetUploadRequest{UploadId: u.id()})
	if err != nil || at.GetUpload().GetDurableChecksum() == "" {
		return 0, ""
	}
	return at.GetUpload().GetPosition().GetDurable(), at.GetUpload().GetDurableChecksum()
}

// compare fails when the content does not begin with size bytes of this SHA-256.
// What was hashed before, by an earlier attempt, is not read again, and nothing is
// where the server has what the caller named.
func (u *upload) compare(ctx context.Context, size int64, theirs string) error {
	if size > u.content.size() || size < 0 {
		return fmt.Errorf("%w: the server goes on at byte %d, the content has %d bytes",
			ErrContentDiffers, size, u.content.size())
	}
	if size == 0 || theirs == "" || size == u.compared && theirs == u.comparedSum {
		return nil
	}
	if size == u.content.size() && u.isNamed(theirs) {
		u.compared, u.comparedSum = size, theirs
		return nil
	}
	u.meter.enter(TransferComparing)
	ours, err := u.digest.prefix(ctx, size)
	if err != nil {
		return err
	}
	if ours != theirs {
		return fmt.Errorf("%w: the first %d bytes have SHA-256 %s there, %s here; upload what has changed under another upload id, or under none", ErrContentDiffers, size, theirs, ours)
	}
	u.compared, u.comparedSum = size, ours
	return nil
}
