package client

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash/crc32"
	"io"
	"net"
	"slices"
	"sync"
	"testing"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/protoadapt"
	"google.golang.org/protobuf/types/known/durationpb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// fakeServer keeps the upload contract in memory: positions, repeats, gaps,
// checksums, receipts. It decodes with the stock codec. Its faults are set
// before the first call.
type fakeServer struct {
	fileuploadv1.UnimplementedFileUploadServiceServer

	maxMessage int64
	// durableLag is how many received bytes a crash loses.
	durableLag int64
	// fault is asked after each message of an upload; an error ends the stream.
	fault func(stream int, received int64) error
	// refuse ends a stream before anything is taken in.
	refuse func(stream int) error
	// watch is asked before each message of a watch, for what is told beside the
	// position; an error ends the watch.
	watch func(u *fakeUpload, told *fileuploadv1.Upload) error
	// getUpload is asked before an upload's position is told; an error is the
	// answer.
	getUpload func(u *fakeUpload) error
	// downloadFault is asked before each message of a download.
	downloadFault func(call int, sent int64) error
	// damage changes a download's message before it goes out.
	damage func(call int, m *fileuploadv1.DownloadFileResponse)

	mu        sync.Mutex
	uploads   map[string]*fakeUpload
	files     map[string]*fakeFile
	streams   []*fakeStream
	downloads []*fileuploadv1.DownloadFileRequest
	metadata  []metadata.MD
	conns     []net.Conn
}

// fakeStream is what one stream brought.
type fakeStream struct {
	at       time.Time
	first    *fileuploadv1.UploadFileRequest
	messages int
	largest  int
	bytes    int64
}

type fakeFile struct {
	info *fileuploadv1.File
	data []byte
}

func newFakeServer() *fakeServer {
	return &fakeServer{
		maxMessage: 1 << 20,
		fault:      func(int, int64) error { return nil },
		refuse:     func(int) error { return nil },
		watch:      func(*fakeUpload, *fileuploadv1.Upload) error { return nil },
		getUpload:  func(*fakeUpload) error { return nil },
		uploads:    map[string]*fakeUpload{},
		files:      map[string]*fakeFile{},
	}
}

// serve returns a client of the server over bufconn. Both end with the returned
// function, which must be called inside the test's bubble.
func (f *fakeServer) serve(t *testing.T, opts ...Option) (*StreamingClient, func()) {
	t.Helper()
	register := func(s *grpc.Server) { fileuploadv1.RegisterFileUploadServiceServer(s, f) }
	return serveBufconn(t, register, func(conn net.Conn) net.Conn {
		f.mu.Lock()
		defer f.mu.Unlock()
		f.conns = append(f.conns, conn)
		return conn
	}, opts...)
}

// drop breaks the newest connection.
func (f *fakeServer) drop() {
	f.mu.Lock()
	defer f.mu.Unlock()
	_ = f.conns[len(f.conns)-1].Close()
}

func (f *fakeServer) stream(number int) *fakeStream {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.streams[number-1]
}

func (f *fakeServer) streamCount() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return len(f.streams)
}

// only returns the one upload that there is.
func (f *fakeServer) only(t *testing.T) *fakeUpload {
	t.Helper()
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.uploads) != 1 {
		t.Fatalf("%d uploads, want 1", len(f.uploads))
	}
	for _, u := range f.uploads {
		return u
	}
	return nil
}

func (f *fakeServer) UploadFile(stream fileuploadv1.FileUploadService_UploadFileServer) error {
	first, err := stream.Recv()
	if err != nil {
		return fakeError(codes.InvalidArgument, "EMPTY_STREAM", "no message")
	}
	number, upload := f.open(stream.Context(), first)
	if err := f.refuse(number); err != nil {
		return err
	}
	f.answerNamed(upload, first)
	if err := f.hello(stream, first.GetUploadId(), upload); err != nil {
		return err
	}
	if upload.receipt != nil {
		return stream.SendAndClose(upload.receipt)
	}
	for m := first; ; {
		if err := f.take(number, upload, m); err != nil {
			return err
		}
		if err := f.fault(number, upload.received(f)); err != nil {
			f.crash(upload)
			return err
		}
		if m.GetIsLastChunk() {
			break
		}
		if m, err = stream.Recv(); errors.Is(err, io.EOF) {
			return fakeError(codes.InvalidArgument, "INCOMPLETE", "closed too early")
		} else if err != nil {
			f.crash(upload)
			return err
		}
	}
	receipt, err := f.finish(upload)
	if err != nil {
		return err
	}
	return stream.SendAndClose(receipt)
}

// open counts the stream and finds its upload or begins it.
func (f *fakeServer) open(ctx context.Context, first *fileuploadv1.UploadFileRequest) (int, *fakeUpload) {
	f.mu.Lock()
	defer f.mu.Unlock()
	md, _ := metadata.FromIncomingContext(ctx)
	f.metadata = append(f.metadata, md)
	f.streams = append(f.streams, &fakeStream{at: time.Now(), first: proto.CloneOf(first)})
	upload := f.uploads[first.GetUploadId()]
	if upload == nil {
		upload = &fakeUpload{header: proto.CloneOf(first)}
		f.uploads[first.GetUploadId()] = upload
	}
	upload.streams++
	return len(f.streams), upload
}

func (f *fakeServer) hello(stream grpc.ServerStream, id string, u *fakeUpload) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	hello, err := proto.Marshal(&streamv1.Hello{
		StreamId:        "stream",
		WorkId:          id,
		Next:            int64(len(u.data)),
		Position:        &streamv1.Position{Received: int64(len(u.data)), Durable: u.durable},
		MaxMessageBytes: f.maxMessage,
		DurableChecksum: hexSum(u.data),
	})
	if err != nil {
		return err
	}
	return stream.SendHeader(metadata.Pairs(helloKey, string(hello)))
}

// take appends a message's bytes as the contract says.
func (f *fakeServer) take(number int, u *fakeUpload, m *fileuploadv1.UploadFileRequest) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	s := f.streams[number-1]
	s.messages++
	s.bytes += int64(len(m.GetData()))
	s.largest = max(s.largest, len(m.GetData()))
	have := int64(len(u.data))
	switch data := m.GetData(); {
	case int64(len(data)) > f.maxMessage:
		return fakeError(codes.InvalidArgument, reasonChunkTooLarge, "chunk too large")
	case len(data) == 0:
	case m.Crc32C == nil || crc32.Checksum(data, castagnoli) != m.GetCrc32C():
		return fakeError(codes.DataLoss, reasonChunkChecksum, "damaged on the way")
	case m.GetOffset() > have:
		return fakeError(codes.FailedPrecondition, "OFFSET_MISMATCH", "gap")
	default:
		repeat := min(have-m.GetOffset(), int64(len(data)))
		u.dup += repeat
		u.data = append(u.data, data[repeat:]...)
		u.durable = max(u.durable, int64(len(u.data))-f.durableLag)
	}
	if m.GetChecksum() != "" {
		u.header.Checksum = m.GetChecksum()
	}
	return nil
}

func (u *fakeUpload) received(f *fakeServer) int64 {
	f.mu.Lock()
	defer f.mu.Unlock()
	return int64(len(u.data))
}

// crash loses what is not durable.
func (f *fakeServer) crash(u *fakeUpload) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u.data = u.data[:u.durable]
}

// finish verifies the whole and stores it.
func (f *fakeServer) finish(u *fakeUpload) (*fileuploadv1.UploadFileResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	size := int64(len(u.data))
	if u.header.TotalSize != nil && u.header.GetTotalSize() != size {
		return nil, fakeError(codes.InvalidArgument, "SIZE_MISMATCH", "size differs")
	}
	sum := hexSum(u.data)
	if u.header.GetChecksum() != sum {
		return nil, fakeError(codes.InvalidArgument, "CHECKSUM_MISMATCH", "checksum differs")
	}
	u.complete(sum)
	f.store(u.receipt.GetFileId(), u.header.GetFileName(), u.data)
	return u.receipt, nil
}

func (f *fakeServer) store(id, name string, data []byte) {
	f.files[id] = &fakeFile{data: data, info: &fileuploadv1.File{
		FileId: id, FileName: name, Size: int64(len(data)), Checksum: hexSum(data),
	}}
}

func (f *fakeServer) GetUpload(
	_ context.Context, r *fileuploadv1.GetUploadRequest,
) (*fileuploadv1.GetUploadResponse, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	u := f.uploads[r.GetUploadId()]
	if u == nil {
		return nil, fakeError(codes.NotFound, "UPLOAD_NOT_FOUND", "no such upload")
	}
	if err := f.getUpload(u); err != nil {
		return nil, err
	}
	return &fileuploadv1.GetUploadResponse{Upload: &fileuploadv1.Upload{
		UploadId:        r.GetUploadId(),
		Position:        &streamv1.Position{Received: int64(len(u.data)), Durable: u.durable},
		DurableChecksum: hexSum(u.data[:u.durable]),
	}}, nil
}

func (f *fakeServer) WatchUpload(
	r *fileuploadv1.WatchUploadRequest, stream fileuploadv1.FileUploadService_WatchUploadServer,
) error {
	for {
		f.mu.Lock()
		u := f.uploads[r.GetUploadId()]
		if u == nil {
			f.mu.Unlock()
			return fakeError(codes.NotFound, "UPLOAD_NOT_FOUND", "no such upload")
		}
		state := u.state()
		err := f.watch(u, state)
		f.mu.Unlock()
		if err != nil {
			return err
		}
		if err := stream.Send(&fileuploadv1.WatchUploadResponse{Upload: state}); err != nil {
			return err
		}
		if UploadStatus(state.GetStatus()).Final() {
			return nil
		}
		if err := sleep(stream.Context(), 100*time.Millisecond); err != nil {
			return err
		}
	}
}

func (f *fakeServer) DownloadFile(
	r *fileuploadv1.DownloadFileRequest, stream fileuploadv1.FileUploadService_DownloadFileServer,
) error {
	f.mu.Lock()
	f.downloads = append(f.downloads, proto.CloneOf(r))
	call, file := len(f.downloads), f.files[r.GetFileId()]
	f.mu.Unlock()
	if file == nil {
		return fakeError(codes.NotFound, "FILE_NOT_FOUND", "no such file")
	}
	size := int64(len(file.data))
	if r.GetOffset() > size {
		return fakeError(codes.OutOfRange, "RANGE_INVALID", "outside the file")
	}
	end := size
	if r.Length != nil {
		end = min(size, r.GetOffset()+r.GetLength())
	}
	if err := stream.Send(&fileuploadv1.DownloadFileResponse{File: file.info}); err != nil {
		return err
	}
	place := r.GetOffset()
	for part := range slices.Chunk(file.data[place:end], 1000) {
		if f.downloadFault != nil {
			if err := f.downloadFault(call, place-r.GetOffset()); err != nil {
				return err
			}
		}
		m := &fileuploadv1.DownloadFileResponse{
			Offset: place, Data: bytes.Clone(part), Crc32C: new(crc32.Checksum(part, castagnoli)),
		}
		if f.damage != nil {
			f.damage(call, m)
		}
		if err := stream.Send(m); err != nil {
			return err
		}
		place += int64(len(part))
	}
	return nil
}

// fakeError is an error as the server makes it.
func fakeError(code codes.Code, reason, text string, details ...protoadapt.MessageV1) error {
	info := &errdetails.ErrorInfo{Domain: errorDomain, Reason: reason}
	st, err := status.New(code, text).WithDetails(append([]protoadapt.MessageV1{info}, details...)...)
	if err != nil {
		return err
	}
	return st.Err()
}

// draining is the cut that a retry helps.
func draining(retryAfter time.Duration, durable int64) error {
	return fakeError(codes.Unavailable, "DRAINING", "the server is shutting down",
		&errdetails.RetryInfo{RetryDelay: durationpb.New(retryAfter)},
		protoadapt.MessageV1Of(&streamv1.CutDetail{Position: &streamv1.Position{Received: durable, Durable: durable}}))
}

func hexSum(data []byte) string {
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
