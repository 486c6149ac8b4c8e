package fakeserver

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/metadata"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

type uploadStream = grpc.ClientStreamingServer[fileuploadv1.UploadFileRequest, fileuploadv1.UploadFileResponse]

// UploadFile takes a file in, or gives a finished upload its receipt again.
func (s *Server) UploadFile(stream uploadStream) error {
	first, err := stream.Recv()
	if err != nil {
		return err
	}
	if s.Refuse != nil {
		if err := s.Refuse(first.GetFileName()); err != nil {
			return err
		}
	}
	id := first.GetUploadId()
	known, err := s.known(id)
	if err != nil {
		return err
	}
	if err := known.accepts(first); err != nil {
		return err
	}
	if err := greet(stream, id, known.size()); err != nil {
		return err
	}
	if known != nil {
		return finish(stream, known)
	}
	if same := s.named(first); same != nil {
		return finish(stream, s.share(first, same))
	}
	data, err := receive(stream, first)
	if err != nil {
		return err
	}
	return finish(stream, s.store(first, data))
}

// named returns the file that has the content which a first message names.
func (s *Server) named(first *fileuploadv1.UploadFileRequest) *stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.stored {
		if first.GetChecksum() != "" && len(first.GetData()) == 0 && one.file.GetChecksum() == first.GetChecksum() {
			return one
		}
	}
	return nil
}

// share makes a file of content that is there, or finds the file itself there.
func (s *Server) share(first *fileuploadv1.UploadFileRequest, same *stored) *stored {
	if first.GetIfAbsent() && same.file.GetFileName() == first.GetFileName() {
		return &stored{upload: same.upload, file: same.file, deduplicated: true, existed: true}
	}
	one := s.store(first, same.data)
	one.deduplicated = true
	return one
}

// known returns what an upload has stored, nil for a new one.
func (s *Server) known(uploadID string) (*stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended[uploadID] {
		return nil, Problem(codes.FailedPrecondition, "WORK_ENDED", "", "the upload was aborted")
	}
	for _, one := range s.stored {
		if one.upload.GetUploadId() == uploadID && uploadID != "" {
			return one, nil
		}
	}
	return nil, nil
}

// accepts refuses another file than the one that the upload has stored.
func (s *stored) accepts(first *fileuploadv1.UploadFileRequest) error {
	field := ""
	switch {
	case s == nil:
	case first.GetFileName() != s.file.GetFileName():
		field = "file_name"
	case first.TotalSize != nil && first.GetTotalSize() != s.file.GetSize():
		field = "total_size"
	}
	if field == "" {
		return nil
	}
	return Problem(codes.FailedPrecondition, "WORK_CHANGED", field, field+": is not what the upload began with")
}

func (s *stored) size() int64 {
	if s == nil {
		return 0
	}
	return s.file.GetSize()
}

func greet(stream uploadStream, uploadID string, next int64) error {
	hello, err := proto.Marshal(&streamv1.Hello{
		StreamId: "stream", WorkId: uploadID, Next: next, Position: &streamv1.Position{Received: next, Durable: next}, MaxMessageBytes: 1 << 20,
	})
	if err != nil {
		return err
	}
	return stream.SendHeader(metadata.Pairs("sluice-hello-bin", string(hello)))
}

func receive(stream uploadStream, message *fileuploadv1.UploadFileRequest) (data []byte, err error) {
	for {
		data = append(data, message.GetData()...)
		if message.GetIsLastChunk() {
			return data, nil
		}
		if message, err = stream.Recv(); errors.Is(err, io.EOF) {
			return data, nil
		} else if err != nil {
			return nil, err
		}
	}
}

func (s *Server) store(first *fileuploadv1.UploadFileRequest, data []byte) *stored {
	s.mu.Lock()
	defer s.mu.Unlock()
	sum := sha256.Sum256(data)
	// Times are fixed, so that outputs can be compared as a whole.
	at := timestamppb.New(time.Date(2026, 11, 22, 10, 0, len(s.stored), 0, time.UTC))
	size := int64(len(data))
	one := &stored{
		data: data,
		file: &fileuploadv1.File{
			FileId: fmt.Sprintf("file-%d", len(s.stored)+1), FileName: first.GetFileName(), Size: size,
			Checksum: hex.EncodeToString(sum[:]), ContentType: "text/plain", Metadata: first.GetMetadata(),
			Owner: "anonymous", CreateTime: at, ExpireTime: first.GetExpireTime(),
			Status: fileuploadv1.FileStatus_FILE_STATUS_AVAILABLE,
		},
	}
	one.upload = &fileuploadv1.Upload{
		UploadId: first.GetUploadId(), FileName: first.GetFileName(), TotalSize: &size,
		Status:   fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE,
		Position: &streamv1.Position{Received: size, Durable: size}, DurableChecksum: one.file.GetChecksum(),
		FileId: one.file.GetFileId(), CreateTime: at, UpdateTime: at,
	}
	s.stored = append(s.stored, one)
	return one
}

func finish(stream uploadStream, one *stored) error {
	return stream.SendAndClose(&fileuploadv1.UploadFileResponse{
		FileId: one.file.GetFileId(), FileName: one.file.GetFileName(), TotalSize: one.file.GetSize(),
		Checksum: one.file.GetChecksum(), ContentType: one.file.GetContentType(),
		Status:   fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE,
		UploadId: one.upload.GetUploadId(), StreamCount: 1, CreateTime: one.file.GetCreateTime(),
		Position: one.upload.GetPosition(), ExpireTime: one.file.GetExpireTime(),
		Deduplicated: one.deduplicated, Existed: one.existed,
	})
}
