package fakeserver

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// GetFile returns a file.
func (s *Server) GetFile(_ context.Context, r *fileuploadv1.GetFileRequest) (*fileuploadv1.GetFileResponse, error) {
	one, err := s.find(r.GetFileId())
	if err != nil {
		return nil, err
	}
	return &fileuploadv1.GetFileResponse{File: one.file}, nil
}

// ListFiles returns a page of files, newest first.
func (s *Server) ListFiles(_ context.Context, r *fileuploadv1.ListFilesRequest) (*fileuploadv1.ListFilesResponse, error) {
	files := s.Files()
	slices.Reverse(files)
	files = slices.DeleteFunc(files, func(f *fileuploadv1.File) bool {
		return !strings.HasPrefix(f.GetFileName(), r.GetNamePrefix())
	})
	page, next := cutPage(files, r.GetCursor(), r.GetPageSize())
	return &fileuploadv1.ListFilesResponse{Files: page, NextCursor: next}, nil
}

// ListUploads returns a page of uploads, newest first.
func (s *Server) ListUploads(_ context.Context, r *fileuploadv1.ListUploadsRequest) (*fileuploadv1.ListUploadsResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var uploads []*fileuploadv1.Upload
	for _, one := range slices.Backward(s.stored) {
		if len(r.GetStatuses()) == 0 || slices.Contains(r.GetStatuses(), one.upload.GetStatus()) {
			uploads = append(uploads, one.upload)
		}
	}
	page, next := cutPage(uploads, r.GetCursor(), r.GetPageSize())
	return &fileuploadv1.ListUploadsResponse{Uploads: page, NextCursor: next}, nil
}

// GetUpload returns an upload.
func (s *Server) GetUpload(_ context.Context, r *fileuploadv1.GetUploadRequest) (*fileuploadv1.GetUploadResponse, error) {
	one, err := s.known(r.GetUploadId())
	if err != nil {
		return nil, err
	}
	if one == nil {
		return nil, Problem(codes.NotFound, "UPLOAD_NOT_FOUND", "", "there is no such upload")
	}
	return &fileuploadv1.GetUploadResponse{Upload: one.upload}, nil
}

// AbortUpload ends an upload.
func (s *Server) AbortUpload(_ context.Context, r *fileuploadv1.AbortUploadRequest) (*fileuploadv1.AbortUploadResponse, error) {
	one, err := s.known(r.GetUploadId())
	if err != nil {
		return nil, err
	}
	if one != nil {
		return nil, Problem(codes.FailedPrecondition, "WORK_ENDED", "", "the file is available already")
	}
	s.End(r.GetUploadId())
	return &fileuploadv1.AbortUploadResponse{}, nil
}

// DownloadFile sends a file in two messages of data.
func (s *Server) DownloadFile(
	r *fileuploadv1.DownloadFileRequest, stream grpc.ServerStreamingServer[fileuploadv1.DownloadFileResponse],
) error {
	one, err := s.find(r.GetFileId())
	if err != nil {
		return err
	}
	if err := stream.Send(&fileuploadv1.DownloadFileResponse{File: one.file}); err != nil {
		return err
	}
	half := len(one.data) / 2
	if err := stream.Send(&fileuploadv1.DownloadFileResponse{Data: one.data[:half]}); err != nil {
		return err
	}
	return stream.Send(&fileuploadv1.DownloadFileResponse{Offset: int64(half), Data: one.data[half:]})
}

// VerifyFile finds a file intact unless it was damaged.
func (s *Server) VerifyFile(_ context.Context, r *fileuploadv1.VerifyFileRequest) (*fileuploadv1.VerifyFileResponse, error) {
	one, err := s.find(r.GetFileId())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.damaged[r.GetFileId()] {
		return &fileuploadv1.VerifyFileResponse{Checksum: "00", Size: one.file.GetSize(), Damage: "the SHA-256 differs"}, nil
	}
	return &fileuploadv1.VerifyFileResponse{Intact: true, Checksum: one.file.GetChecksum(), Size: one.file.GetSize()}, nil
}

// UpdateFile changes what the mask names.
func (s *Server) UpdateFile(_ context.Context, r *fileuploadv1.UpdateFileRequest) (*fileuploadv1.UpdateFileResponse, error) {
	one, err := s.find(r.GetFileId())
	if err != nil {
		return nil, err
	}
	s.Change(r.GetFileId(), func(f *fileuploadv1.File) {
		for _, path := range r.GetUpdateMask().GetPaths() {
			switch path {
			case "metadata":
				f.Metadata = r.GetMetadata()
			case "expire_time":
				f.ExpireTime = r.GetExpireTime()
			}
		}
	})
	return &fileuploadv1.UpdateFileResponse{File: one.file}, nil
}

// CopyFile stores the content a second time.
func (s *Server) CopyFile(_ context.Context, r *fileuploadv1.CopyFileRequest) (*fileuploadv1.CopyFileResponse, error) {
	one, err := s.find(r.GetFileId())
	if err != nil {
		return nil, err
	}
	name := r.GetFileName()
	if name == "" {
		name = one.file.GetFileName()
	}
	copied := s.store(&fileuploadv1.UploadFileRequest{FileName: name}, one.data)
	return &fileuploadv1.CopyFileResponse{File: copied.file}, nil
}

// DeleteFile forgets a file.
func (s *Server) DeleteFile(_ context.Context, r *fileuploadv1.DeleteFileRequest) (*fileuploadv1.DeleteFileResponse, error) {
	one, err := s.find(r.GetFileId())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = slices.DeleteFunc(s.stored, func(other *stored) bool { return other == one })
	return &fileuploadv1.DeleteFileResponse{}, nil
}

func (s *Server) find(fileID string) (*stored, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, one := range s.stored {
		if one.file.GetFileId() == fileID {
			return one, nil
		}
	}
	return nil, Problem(codes.NotFound, "FILE_NOT_FOUND", "file_id", "there is no such file")
}

// cutPage returns a page of at most two things, so that any longer list takes
// several calls. The cursor is the index of its first.
func cutPage[T proto.Message](things []T, cursor string, size int32) (page []T, next string) {
	from, _ := strconv.Atoi(cursor) // empty is 0
	to := min(from+min(int(size), 2), len(things))
	if to < len(things) {
		next = strconv.Itoa(to)
	}
	return things[from:to], next
}
