package client

import (
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"time"

	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// ErrContentDiffers says that the server has other content under this upload id:
// the file has changed since that was sent. Upload it under another id.
var ErrContentDiffers = errors.New("the server has other content under this upload id")

// UploadFile uploads the file at path in one attempt. It returns the receipt
// once the file is durable on the server. After a failure that a retry can help
// the upload can be resumed under the id in the [Error], with [WithUploadID].
//
// Errors: an [Error] for what the server or the connection refused,
// [ErrFileChanged], [ErrContentDiffers], [ErrChecksumDiffers], and what reading
// the file returned.
func (c *StreamingClient) UploadFile(ctx context.Context, path string, opts ...UploadOption) (*Receipt, error) {
	return c.uploadPath(ctx, path, opts, (*upload).once)
}

// UploadWithRetry uploads the file at path and resumes it after failures that a
// retry can help, as the client's [RetryPolicy] says. The content is hashed
// once over all attempts. ctx bounds the whole.
//
// Errors are those of [StreamingClient.UploadFile]. The last failure is
// returned when attempts run out, joined with the context's error when ctx ends
// during a pause.
func (c *StreamingClient) UploadWithRetry(ctx context.Context, path string, opts ...UploadOption) (*Receipt, error) {
	return c.uploadPath(ctx, path, opts, (*upload).withRetry)
}

// Upload uploads size bytes of content under name in one attempt. The content
// must not change meanwhile.
func (c *StreamingClient) Upload(
	ctx context.Context, name string, content io.ReaderAt, size int64, opts ...UploadOption,
) (*Receipt, error) {
	if size < 0 {
		return nil, fmt.Errorf("upload %s: size %d is negative; use UploadReader for an unknown one", name, size)
	}
	u := c.newUpload(name, name, &sizedContent{reader: content, length: size}, collectUploadOptions(opts))
	return u.run(ctx, (*upload).once)
}

// UploadReader uploads what content yields up to io.EOF under name, in one
// attempt: content that was read can't be read again for a resume. No byte is
// sent before the server has told how large a message may be. A refusal is
// noticed once a Read of content that is under way returns.
func (c *StreamingClient) UploadReader(
	ctx context.Context, name string, content io.Reader, opts ...UploadOption,
) (*Receipt, error) {
	u := c.newUpload(name, name, &streamContent{reader: content}, collectUploadOptions(opts))
	return u.run(ctx, (*upload).once)
}

// uploadMethod is how often an upload is tried.
type uploadMethod func(*upload, context.Context) (*fileuploadv1.UploadFileResponse, error)

func (c *StreamingClient) uploadPath(
	ctx context.Context, path string, opts []UploadOption, method uploadMethod,
) (*Receipt, error) {
	file, err := openFile(path)
	if err != nil {
		return nil, err
	}
	defer file.close()
	u := c.newUpload(path, filepath.Base(path), file, collectUploadOptions(opts))
	return u.run(ctx, method)
}

// upload is the work of one upload over all its attempts.
type upload struct {
	client  *StreamingClient
	path    string
	content content
	header  *fileuploadv1.UploadFileRequest
	// encoded is the header as it goes with each stream's first message.
	encoded []byte
	digest  *digester
	report  func(Progress)
	meter   *fileMeter

	// named is set when the caller chose the upload id: the server may have a
	// part of the file.
	named bool
	// hashFirst is set when the content is to be hashed before anything is sent.
	hashFirst bool
	// chunkSize for the next chunk, and lowered when a Hello made it smaller
	// than what was sent before.
	chunkSize int
	lowered   bool
	// compared is how many bytes were compared with the server's last, and
	// comparedSum their SHA-256.
	compared    int64
	comparedSum string
	// greeted is set when a Hello has come on any stream.
	greeted  bool
	attempts int
	resumed  int64
}

func (c *StreamingClient) newUpload(path, name string, content content, o uploadOptions) *upload {
	return &upload{
		client:    c,
		path:      path,
		content:   content,
		header:    o.header(name, content.size()),
		digest:    newDigester(content.random(), c.chunks),
		report:    o.progress,
		named:     o.uploadID != "",
		hashFirst: o.hashFirst,
		chunkSize: min(c.chunkSize, firstChunkSize),
	}
}

func (u *upload) id() string { return u.header.GetUploadId() }

// run does the upload by the method and reports its progress.
func (u *upload) run(ctx context.Context, method uploadMethod) (receipt *Receipt, err error) {
	u.meter = startFileMeter(u.report, Progress{Path: u.path, UploadID: u.id(), Total: u.content.size()})
	defer func() { u.meter.finish(err) }()
	begun := time.Now()
	response, err := u.try(ctx, method)
	if err != nil {
		return nil, fmt.Errorf("upload %s: %w", u.path, err)
	}
	u.settle(response.GetTotalSize())
	receipt = newReceipt(response)
	receipt.Attempts = u.attempts
	receipt.Resumed = u.resumed
	receipt.Sent = u.meter.transferred()
	receipt.Duration = time.Since(begun)
	receipt.Rate = u.meter.mean()
	return receipt, nil
}

// try does the upload and checks its answer.
func (u *upload) try(ctx context.Context, method uploadMethod) (*fileuploadv1.UploadFileResponse, error) {
	if err := u.nameContent(ctx); err != nil {
		return nil, err
	}
	encoded, err := proto.Marshal(u.header)
	if err != nil {
		return nil, fmt.Errorf("name, upload id, content type and metadata must be UTF-8: %w", err)
	}
	u.encoded = encoded
	response, err := method(u, ctx)
	if err != nil {
		return nil, err
	}
	return response, u.verify(ctx, response)
}

// settle brings the progress to the end that the receipt proves.
func (u *upload) settle(size int64) {
	u.meter.total(size)
	u.meter.jump(size)
	u.meter.durable(size)
}

// once makes a single attempt.
func (u *upload) once(ctx context.Context) (*fileuploadv1.UploadFileResponse, error) {
	return u.attemptWhile(ctx, never)
}

// verify compares the receipt with the content. It reads what was not sent
// because the server had it already, unless the caller named the content.
func (u *upload) verify(ctx context.Context, r *fileuploadv1.UploadFileResponse) error {
	if size := u.content.size(); size != unknownSize && size != r.GetTotalSize() {
		return fmt.Errorf("%w: %d bytes there, %d here", ErrContentDiffers, r.GetTotalSize(), size)
	}
	if u.isNamed(r.GetChecksum()) || u.content.random() == nil && u.digest.next < r.GetTotalSize() {
		return nil
	}
	sum, err := u.digest.sum(ctx, r.GetTotalSize())
	if err != nil {
		return err
	}
	if sum != r.GetChecksum() {
		return fmt.Errorf("%w: SHA-256 %s there, %s here", ErrContentDiffers, r.GetChecksum(), sum)
	}
	return nil
}

// fail turns the end of a call into an [Error] and learns from it.
func (u *upload) fail(ctx context.Context, err error) error {
	err = u.client.callError(ctx, err)
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return err
	}
	e.UploadID = u.id()
	durable := u.meter.durable(e.Position.Durable)
	e.Position = Position{Received: max(durable, e.Position.Received), Durable: durable}
	return e
}
