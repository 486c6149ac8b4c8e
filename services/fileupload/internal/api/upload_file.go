package api

import (
	"context"
	"errors"
	"io"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

type uploadStream = grpc.ClientStreamingServer[fileuploadv1.UploadFileRequest, fileuploadv1.UploadFileResponse]

// UploadFile implements fileuploadv1.FileUploadServiceServer: it takes a stream
// from its first message to the receipt.
func (s *Service) UploadFile(rpc uploadStream) (err error) {
	defer func() { s.metrics.streamEnded(err) }()
	stream, err := s.streams.Open(rpc.Context(), fileuploadv1.FileUploadService_UploadFile_FullMethodName)
	if err != nil {
		return err
	}
	in := ingest.Receive(stream, rpc, func() *wire.UploadRequest { return new(wire.UploadRequest) })
	defer func() {
		stream.Close()
		in.Close()
	}()
	first, err := in.Next()
	if errors.Is(err, io.EOF) {
		return problem.New(problem.EmptyStream, "the stream ended before its first message; send one that names the file")
	}
	if err != nil {
		return stream.WithCut(err)
	}
	opening, err := s.open(stream, first)
	if err != nil {
		return err
	}
	t := transfer{rpc: rpc, stream: stream, in: in, turn: stream.Turn(), uploadID: opening.Key.UploadID, header: opening.Header}
	return s.carry(&t, opening, first)
}

// open reads the header of an upload and makes the stream its carrier.
func (s *Service) open(stream *ingest.Stream, first *wire.UploadRequest) (core.Opening, error) {
	opening, err := openingOf(stream.Principal, first)
	if err != nil {
		return opening, err
	}
	if err := core.CheckGranted(stream.Principal.Grants.Files, opening.Header.FileName); err != nil {
		return opening, err
	}
	if err := s.uploads.Check(stream.Context(), &opening); err != nil {
		return opening, stream.WithCut(err)
	}
	return opening, stream.WithCut(stream.Claim(opening.Key.UploadID))
}

// carry brings an upload as far as the stream goes.
func (s *Service) carry(t *transfer, opening core.Opening, first *wire.UploadRequest) error {
	session, err := s.uploads.Begin(t.stream.Context(), opening)
	if err != nil {
		t.stream.Track(s.positionOf(context.WithoutCancel(t.stream.Context()), opening.Key))
		return t.stream.WithCut(err)
	}
	t.session = session
	t.stream.Track(t.position)
	receipt, err := t.runAndClose(s.hello(t), first)
	switch {
	case err == nil:
		if !session.Finished() {
			s.metrics.stored(receipt)
		}
		return t.rpc.SendAndClose(responseOf(t.uploadID, receipt))
	case core.EndsUpload(err):
		return err
	default:
		return t.stream.WithCut(err)
	}
}

// positionOf tells where an upload stands that could not be opened.
func (s *Service) positionOf(ctx context.Context, key core.UploadKey) func() ingest.Position {
	known, err := s.uploads.Find(ctx, key)
	if err != nil {
		return func() ingest.Position { return ingest.Position{} }
	}
	return func() ingest.Position { return ingest.Position{Received: known.Received, Durable: known.Durable} }
}

func (s *Service) hello(t *transfer) *streamv1.Hello {
	hello := &streamv1.Hello{
		Next:            t.session.Next(),
		DurableChecksum: t.session.Checksum(),
		MaxMessageBytes: int64(s.streams.MessageBytes(s.chunkBytes)),
		Features:        []streamv1.Feature{streamv1.Feature_FEATURE_RESUME, streamv1.Feature_FEATURE_MESSAGE_CHECKSUM},
	}
	if deadline, ok := t.stream.Context().Deadline(); ok {
		hello.Deadline = timestamppb.New(deadline)
	}
	return hello
}

// transfer is one stream of an upload.
type transfer struct {
	rpc     uploadStream
	stream  *ingest.Stream
	in      *ingest.Receiver[*wire.UploadRequest]
	session core.Session
	turn    *ingest.Turn
	// uploadID and header are what the first message said, for those that
	// repeat it.
	uploadID string
	header   core.Header
}

func (t *transfer) position() ingest.Position {
	received, durable := t.session.Position()
	return ingest.Position{Received: received, Durable: durable}
}

// runAndClose settles the session whatever happens, a panic included.
func (t *transfer) runAndClose(hello *streamv1.Hello, first *wire.UploadRequest) (receipt *core.Receipt, err error) {
	err = errPanicked
	defer func() { err = t.session.Close(t.stream.Context(), err) }()
	return t.run(hello, first)
}

// errPanicked is why a session ends whose handler did not return.
var errPanicked = errors.New("the handler panicked")

// run says hello and takes messages in until the upload is complete.
func (t *transfer) run(hello *streamv1.Hello, first *wire.UploadRequest) (*core.Receipt, error) {
	if err := t.stream.SayHello(t.rpc, hello); err != nil {
		return nil, err
	}
	if err := t.takeAll(first); err != nil {
		return nil, err
	}
	t.stream.Finishing()
	return t.session.Finish(t.stream.Context())
}

// takeAll takes messages in, in the stream's turns, until the upload is complete.
func (t *transfer) takeAll(first *wire.UploadRequest) error {
	defer t.turn.Done()
	// A client that resumes what has finished gets its receipt at once; one that
	// sends has what it sends compared.
	asks := first.Size == 0
	complete, err := t.take(first)
	complete = complete || asks && t.session.Finished()
	for !complete && err == nil {
		complete, err = t.takeNext()
	}
	return err
}

func (t *transfer) takeNext() (complete bool, err error) {
	if !t.in.Ready() {
		t.turn.Done()
	}
	message, err := t.in.Next()
	switch {
	case err == nil:
		if err := checkRepeated(t.uploadID, &t.header, message); err != nil {
			return false, err
		}
		return t.take(message)
	case !errors.Is(err, io.EOF):
		return false, err
	case t.session.Complete():
		return true, nil
	default:
		return false, problem.New(problem.Incomplete,
			"the stream ended at byte %d without is_last_chunk; resume from there", t.session.Next())
	}
}

// take hands one message to the session and gives it back to be received into
// again.
func (t *transfer) take(message *wire.UploadRequest) (complete bool, err error) {
	defer t.in.Release(message)
	t.stream.Count(message.Size)
	if err := t.turn.Take(message.Size); err != nil {
		return false, err
	}
	if message.Checksum != "" {
		if err := t.session.SetChecksum(message.Checksum); err != nil {
			return false, err
		}
		t.header.Checksum = lower(message.Checksum)
	}
	chunk := core.Chunk{Offset: message.Offset, Segments: message.Data, Size: message.Size, CRC32C: message.CRC32C, Last: message.IsLastChunk}
	if err := t.session.Append(t.stream.Context(), chunk); err != nil {
		return false, err
	}
	return message.IsLastChunk, nil
}
