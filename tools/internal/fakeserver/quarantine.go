package fakeserver

import (
	"context"
	"slices"

	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// ListQuarantinedFiles returns a page of the files in quarantine.
func (s *Server) ListQuarantinedFiles(
	_ context.Context, r *fileuploadv1.ListQuarantinedFilesRequest,
) (*fileuploadv1.ListQuarantinedFilesResponse, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	page, next := cutPage(s.Quarantined, r.GetCursor(), r.GetPageSize())
	return &fileuploadv1.ListQuarantinedFilesResponse{Files: page, NextCursor: next}, nil
}

// ReleaseQuarantinedFile stores a file of the quarantine.
func (s *Server) ReleaseQuarantinedFile(
	_ context.Context, r *fileuploadv1.ReleaseQuarantinedFileRequest,
) (*fileuploadv1.ReleaseQuarantinedFileResponse, error) {
	file, err := s.takeQuarantined(r.GetFileId())
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.stored = append(s.stored, &stored{upload: &fileuploadv1.Upload{}, file: file})
	return &fileuploadv1.ReleaseQuarantinedFileResponse{File: file}, nil
}

// DeleteQuarantinedFile forgets a file of the quarantine.
func (s *Server) DeleteQuarantinedFile(
	_ context.Context, r *fileuploadv1.DeleteQuarantinedFileRequest,
) (*fileuploadv1.DeleteQuarantinedFileResponse, error) {
	if _, err := s.takeQuarantined(r.GetFileId()); err != nil {
		return nil, err
	}
	return &fileuploadv1.DeleteQuarantinedFileResponse{}, nil
}

// takeQuarantined takes a file out of the quarantine.
func (s *Server) takeQuarantined(fileID string) (*fileuploadv1.File, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.Quarantined, func(f *fileuploadv1.File) bool { return f.GetFileId() == fileID })
	if i < 0 {
		return nil, Problem(codes.NotFound, "FILE_NOT_FOUND", "file_id", "there is no such file in quarantine")
	}
	file := s.Quarantined[i]
	s.Quarantined = slices.Delete(s.Quarantined, i, i+1)
	return file, nil
}
