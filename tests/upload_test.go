package tests

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// chunkSize is the data of one message where a test does not say otherwise.
const chunkSize = 64 << 10

// errAnswered says that the server gave its receipt before everything was sent.
var errAnswered = errors.New("the server has answered already")

// upload is one open stream of an upload. One goroutine uses it at a time.
type upload struct {
	stream grpc.ClientStreamingClient[fileuploadv1.UploadFileRequest, fileuploadv1.UploadFileResponse]
	cancel context.CancelFunc
	// receipt and err are the outcome once answered is set.
	answered bool
	receipt  *fileuploadv1.UploadFileResponse
	err      error
}

// begin opens a stream and sends its first message.
func (p peer) begin(ctx context.Context, first *fileuploadv1.UploadFileRequest) (*upload, error) {
	ctx, cancel := context.WithCancel(ctx)
	stream, err := p.files.UploadFile(ctx)
	if err != nil {
		cancel()
		return nil, err
	}
	u := &upload{stream: stream, cancel: cancel}
	if err := u.send(first); err != nil {
		cancel()
		return nil, err
	}
	return u, nil
}

// mustBegin is begin for tests where nothing keeps it from working. It returns
// when the server has answered the first message.
func (p peer) mustBegin(ctx context.Context, t *testing.T, first *fileuploadv1.UploadFileRequest) *upload {
	t.Helper()
	u, err := p.begin(ctx, first)
	require.NoError(t, err)
	t.Cleanup(u.cancel)
	_, err = u.stream.Header()
	require.NoError(t, err)
	return u
}

// send sends a message. When the server has ended the stream it returns why,
// and errAnswered when that was with a receipt.
func (u *upload) send(message *fileuploadv1.UploadFileRequest) error {
	err := u.stream.Send(message)
	if !errors.Is(err, io.EOF) {
		return err
	}
	if _, err := u.outcome(); err != nil {
		return err
	}
	return errAnswered
}

// sendFrom sends content from offset up to end in chunks, or until the server
// has answered.
func (u *upload) sendFrom(content source, offset, end int64) error {
	for offset < end {
		n := min(chunkSize, end-offset)
		err := u.send(chunk(content, offset, n))
		if errors.Is(err, errAnswered) {
			return nil
		}
		if err != nil {
			return err
		}
		offset += n
	}
	return nil
}

// outcome waits for the receipt, or for why there is none.
func (u *upload) outcome() (*fileuploadv1.UploadFileResponse, error) {
	if !u.answered {
		u.answered = true
		u.receipt = new(fileuploadv1.UploadFileResponse)
		u.err = u.stream.RecvMsg(u.receipt)
	}
	return u.receipt, u.err
}

// finish closes the client's side and returns the receipt.
func (u *upload) finish() (*fileuploadv1.UploadFileResponse, error) {
	defer u.cancel()
	if err := u.stream.CloseSend(); err != nil {
		return nil, err
	}
	return u.outcome()
}

// ended waits until the server ends the stream and returns why.
func (u *upload) ended() error {
	defer u.cancel()
	_, err := u.outcome()
	return err
}

// hello waits for the response headers. When the stream ends without them it
// returns why.
func (u *upload) hello() (*streamv1.Hello, error) {
	header, err := u.stream.Header()
	if err != nil {
		return nil, err
	}
	values := header.Get("sluice-hello-bin")
	if len(values) == 0 {
		return nil, u.ended()
	}
	hello := new(streamv1.Hello)
	return hello, proto.Unmarshal([]byte(values[0]), hello)
}

// header is a first message without data.
func header(name, uploadID string, size int64) *fileuploadv1.UploadFileRequest {
	return &fileuploadv1.UploadFileRequest{FileName: name, UploadId: uploadID, TotalSize: new(size)}
}

func chunk(content source, offset, n int64) *fileuploadv1.UploadFileRequest {
	return &fileuploadv1.UploadFileRequest{Data: content.Bytes(offset, int(n)), Offset: offset}
}

// resume goes on with an upload from where the server says, up to its end.
func (p peer) resume(ctx context.Context, name, uploadID string, content source) (*streamv1.Hello, *fileuploadv1.UploadFileResponse, error) {
	u, err := p.begin(ctx, header(name, uploadID, content.Size()))
	if err != nil {
		return nil, nil, err
	}
	defer u.cancel()
	hello, err := u.hello()
	if err != nil {
		return nil, nil, err
	}
	if err := checkPrefix(hello, content); err != nil {
		return hello, nil, err
	}
	if err := u.sendFrom(content, hello.GetNext(), content.Size()); err != nil {
		return hello, nil, err
	}
	receipt, err := u.finish()
	return hello, receipt, err
}

// checkPrefix compares what the server says it has with the content.
func checkPrefix(hello *streamv1.Hello, content source) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(content, 0, hello.GetNext())); err != nil {
		return err
	}
	if want := hex.EncodeToString(sum.Sum(nil)); hello.GetDurableChecksum() != want {
		return fmt.Errorf("%w: the first %d bytes have SHA-256 %s there, %s here", errBroken, hello.GetNext(), hello.GetDurableChecksum(), want)
	}
	return nil
}

// mustResume is resume where nothing keeps it from working; it checks the
// receipt.
func (p peer) mustResume(ctx context.Context, t *testing.T, name, uploadID string, content source) (*streamv1.Hello, *fileuploadv1.UploadFileResponse) {
	t.Helper()
	hello, receipt, err := p.resume(ctx, name, uploadID, content)
	require.NoError(t, err)
	requireReceipt(t, receipt, name, content)
	return hello, receipt
}

// store uploads a file without interruption.
func (p peer) store(ctx context.Context, t *testing.T, name string, content source) *fileuploadv1.UploadFileResponse {
	t.Helper()
	_, receipt := p.mustResume(ctx, t, name, uuid.NewString(), content)
	return receipt
}

func requireReceipt(t *testing.T, receipt *fileuploadv1.UploadFileResponse, name string, content source) {
	t.Helper()
	require.NotEmpty(t, receipt.GetFileId())
	require.Equal(t, name, receipt.GetFileName())
	require.Equal(t, content.Size(), receipt.GetTotalSize())
	require.Equal(t, content.SHA256(), receipt.GetChecksum())
	require.Equal(t, fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE, receipt.GetStatus())
	require.Equal(t, content.Size(), receipt.GetPosition().GetReceived())
	require.Equal(t, content.Size(), receipt.GetPosition().GetDurable())
	require.NoError(t, receipt.GetCreateTime().CheckValid())
}
