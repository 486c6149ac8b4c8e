package api

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"hash"
	"io"

	"google.golang.org/grpc"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/libs/wire"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// DownloadFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) DownloadFile(request *fileuploadv1.DownloadFileRequest, out downloadStream) error {
	// A client that does not read must not hold up a drain.
	return s.streams.UntilCut(out.Context(), func(ctx context.Context) error {
		return s.download(ctx, request, out)
	})
}

type downloadStream = grpc.ServerStreamingServer[fileuploadv1.DownloadFileResponse]

func (s *Service) download(ctx context.Context, request *fileuploadv1.DownloadFileRequest, out downloadStream) error {
	file, err := s.granted(ctx).Find(ctx, request.GetFileId())
	if err != nil {
		return err
	}
	start, end, err := rangeOf(request, file.Size)
	if err != nil {
		return err
	}
	blob, err := s.files.Open(ctx, &file)
	if err != nil {
		return err
	}
	defer blob.Close() //nolint:errcheck // a blob opened for reading has nothing to lose
	if err := out.Send(&fileuploadv1.DownloadFileResponse{File: fileOf(&file), Offset: start}); err != nil {
		return err
	}
	sum, err := send(out, blob, start, end)
	if err != nil {
		return err
	}
	if whole := start == 0 && end == file.Size; whole && hex.EncodeToString(sum.Sum(nil)) != file.Checksum {
		s.files.SaveMismatch(ctx, &file)
		return problem.New(problem.ContentDamaged, "the stored content does not fit its checksum any more; discard what was received")
	}
	return nil
}

// rangeOf returns the bytes wanted, from start up to end.
func rangeOf(request *fileuploadv1.DownloadFileRequest, size int64) (start, end int64, err error) {
	start, end = request.GetOffset(), size
	if start < 0 || start > size {
		return 0, 0, problem.InField(problem.RangeInvalid, "offset", "is %d; the file has %d bytes", start, size)
	}
	if request.Length == nil {
		return start, end, nil
	}
	if request.GetLength() < 0 {
		return 0, 0, problem.InField(problem.RangeInvalid, "length", "is negative; leave it unset to read to the end")
	}
	return start, start + min(request.GetLength(), size-start), nil
}

// send sends the bytes from start up to end and returns their SHA-256.
func send(out downloadStream, blob core.Blob, start, end int64) (hash.Hash, error) {
	sum := sha256.New()
	for offset := start; offset < end; {
		chunk := wire.NewDownloadChunk(offset, int(min(wire.DownloadChunkBytes, end-offset)))
		n, err := blob.ReadAt(chunk.Data(), offset)
		if n < len(chunk.Data()) {
			return nil, readFailure(err, offset+int64(n))
		}
		sum.Write(chunk.Data())
		chunk.CRC32C = core.CRC32C([][]byte{chunk.Data()})
		if err := out.SendMsg(chunk); err != nil {
			return nil, err
		}
		offset += int64(n)
	}
	return sum, nil
}

func readFailure(err error, offset int64) error {
	switch {
	case errors.Is(err, io.EOF):
		return problem.New(problem.ContentDamaged, "the stored content ends at byte %d, before its size", offset)
	case errors.Is(err, core.ErrDamaged):
		return problem.Because(problem.ContentDamaged, err, "the stored content is not what was written; discard what was received")
	}
	return problem.Because(problem.StorageFailed, err, "the storage failed while the file was read; try again")
}
