package client

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// ErrDamaged says that a download brought other bytes than the server's own
// description of them. What was written must not be used.
var ErrDamaged = errors.New("the downloaded bytes do not fit their checksum")

// errDamagedInTransit is damage that another attempt can mend, since nothing of
// it was written.
var errDamagedInTransit = fmt.Errorf("%w: damaged on the way", ErrDamaged)

// Download writes a file, or the range chosen with [WithOffset] and
// [WithLength], to w and returns the file's description. Each message is
// verified by its CRC32C before it is written, a whole file by its SHA-256 at
// the end. A download that is cut goes on where it was, as the client's
// [RetryPolicy] says; w gets every byte once.
//
// Errors: an [Error] for what the server or the connection refused,
// [ErrDamaged], and what w returned. Some bytes may have been written.
func (c *StreamingClient) Download(
	ctx context.Context, fileID string, w io.Writer, opts ...DownloadOption,
) (*File, error) {
	o := collectDownloadOptions(opts)
	if o.offset < 0 || (o.length != nil && *o.length < 0) {
		return nil, fmt.Errorf("download %s: offset and length must not be negative", fileID)
	}
	d := c.newDownload(fileID, w, o)
	return d.run(ctx, func(ctx context.Context) error { return d.withRetry(ctx) })
}

// download is the work of one download over all its attempts.
type download struct {
	client *StreamingClient
	fileID string
	w      io.Writer
	report func(Progress)
	path   string
	meter  *fileMeter

	// place of the next byte wanted, and end behind the last: unknownSize until
	// the file is known.
	place, end int64
	length     *int64
	file       *fileuploadv1.File
	// sum hashes a whole file; nil for a range.
	sum      hash.Hash
	attempts int
}

func (c *StreamingClient) newDownload(fileID string, w io.Writer, o downloadOptions) *download {
	d := &download{
		client: c, fileID: fileID, w: w, report: o.progress, path: o.path,
		place: o.offset, end: unknownSize, length: o.length,
	}
	if o.offset == 0 && o.length == nil {
		d.sum = sha256.New()
	}
	return d
}

// run does the work and reports its progress.
func (d *download) run(ctx context.Context, work func(context.Context) error) (file *File, err error) {
	d.meter = startFileMeter(d.report, Progress{Path: d.path, Sent: d.place, Total: unknownSize})
	defer func() { d.meter.finish(err) }()
	if err := work(ctx); err != nil {
		return nil, fmt.Errorf("download %s: %w", d.fileID, err)
	}
	return newFile(d.file), nil
}

func (d *download) withRetry(ctx context.Context) error {
	return d.client.try(ctx, trial{
		attempt: d.attempt,
		again:   retryable,
		reached: func() int64 { return d.place },
		waiting: d.meter.wait,
	})
}

// attempt asks for what is still missing and takes it in.
func (d *download) attempt(ctx context.Context) error {
	d.attempts++
	d.meter.attempt(d.attempts)
	streamCtx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream, err := d.client.files.DownloadFile(streamCtx, d.request())
	if err != nil {
		return d.client.callError(ctx, err)
	}
	for {
		message, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return d.finish()
		}
		if err != nil {
			return d.client.callError(ctx, err)
		}
		if err := d.take(message); err != nil {
			return err
		}
	}
}

// request asks from place on. A length is kept relative to it.
func (d *download) request() *fileuploadv1.DownloadFileRequest {
	request := &fileuploadv1.DownloadFileRequest{FileId: d.fileID, Offset: d.place, Length: d.length}
	if d.length != nil && d.end != unknownSize {
		left := d.end - d.place
		request.Length = &left
	}
	return request
}

func (d *download) take(m *fileuploadv1.DownloadFileResponse) error {
	if file := m.GetFile(); file != nil {
		if err := d.describe(file); err != nil {
			return err
		}
	}
	if len(m.GetData()) == 0 {
		return nil
	}
	return d.write(m)
}

// describe takes over the file's description, which a later attempt must
// repeat.
func (d *download) describe(file *fileuploadv1.File) error {
	if d.file != nil && (d.file.GetChecksum() != file.GetChecksum() || d.file.GetSize() != file.GetSize()) {
		return fmt.Errorf("%w: the file is another one than before the cut", ErrDamaged)
	}
	if d.file == nil {
		d.end = file.GetSize()
		if d.length != nil && *d.length < d.end-d.place {
			d.end = d.place + *d.length
		}
		d.meter.total(d.end)
	}
	d.file = file
	return nil
}

// write verifies the bytes and passes them on.
func (d *download) write(m *fileuploadv1.DownloadFileResponse) error {
	data := m.GetData()
	switch {
	case d.file == nil:
		return fmt.Errorf("%w: data came before the file's description", ErrDamaged)
	case m.GetOffset() != d.place || d.place+int64(len(data)) > d.end:
		return fmt.Errorf("%w: got %d bytes at %d, expected at most %d at %d",
			ErrDamaged, len(data), m.GetOffset(), d.end-d.place, d.place)
	case m.Crc32C != nil && crc32.Checksum(data, castagnoli) != m.GetCrc32C():
		return fmt.Errorf("%w: CRC32C of %d bytes at %d", errDamagedInTransit, len(data), d.place)
	}
	if _, err := d.w.Write(data); err != nil {
		return fmt.Errorf("write the downloaded bytes: %w", err)
	}
	if d.sum != nil {
		d.sum.Write(data)
	}
	d.place += int64(len(data))
	d.meter.sent(d.place, len(data))
	return nil
}

// finish checks that everything came.
func (d *download) finish() error {
	d.meter.enter(TransferFinishing)
	if d.file == nil || d.place != d.end {
		return fmt.Errorf("%w: the download ended at byte %d of %d", ErrDamaged, d.place, d.end)
	}
	if d.sum == nil {
		return nil
	}
	if sum := hex.EncodeToString(d.sum.Sum(nil)); sum != d.file.GetChecksum() {
		return fmt.Errorf("%w: SHA-256 is %s, not %s", ErrDamaged, sum, d.file.GetChecksum())
	}
	return nil
}
