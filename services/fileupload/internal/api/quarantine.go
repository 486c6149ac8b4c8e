package api

import (
	"context"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/page"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// quarantinedList is what a cursor of quarantined files is bound to.
const quarantinedList = "quarantined files"

// ListQuarantinedFiles implements fileuploadv1.FileUploadServiceServer.
func (s *Service) ListQuarantinedFiles(
	ctx context.Context, request *fileuploadv1.ListQuarantinedFilesRequest,
) (*fileuploadv1.ListQuarantinedFilesResponse, error) {
	size, err := page.Size(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	// One more than the page shows whether there is a next one.
	query := core.FileQuery{Limit: size + 1}
	if err := page.Decode(quarantinedList, request.GetCursor(), &query.After); err != nil {
		return nil, err
	}
	found, err := s.granted(ctx).ListQuarantined(ctx, query)
	if err != nil {
		return nil, err
	}
	response := &fileuploadv1.ListQuarantinedFilesResponse{}
	if len(found) > size {
		found = found[:size]
		last := found[size-1]
		response.NextCursor = page.Encode(quarantinedList, core.Page{Before: last.CreatedAt, BeforeID: last.ID})
	}
	for i := range found {
		response.Files = append(response.Files, fileOf(&found[i]))
	}
	return response, nil
}

// ReleaseQuarantinedFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) ReleaseQuarantinedFile(
	ctx context.Context, request *fileuploadv1.ReleaseQuarantinedFileRequest,
) (*fileuploadv1.ReleaseQuarantinedFileResponse, error) {
	file, err := s.granted(ctx).Release(ctx, request.GetFileId())
	if err != nil {
		return nil, err
	}
	return &fileuploadv1.ReleaseQuarantinedFileResponse{File: fileOf(&file)}, nil
}

// DeleteQuarantinedFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) DeleteQuarantinedFile(
	ctx context.Context, request *fileuploadv1.DeleteQuarantinedFileRequest,
) (*fileuploadv1.DeleteQuarantinedFileResponse, error) {
	if err := s.granted(ctx).DeleteQuarantined(ctx, request.GetFileId()); err != nil {
		return nil, err
	}
	return &fileuploadv1.DeleteQuarantinedFileResponse{}, nil
}
