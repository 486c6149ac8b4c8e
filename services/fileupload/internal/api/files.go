package api

import (
	"context"
	"time"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/page"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// granted are the files that the caller may touch.
func (s *Service) granted(ctx context.Context) core.GrantedFiles {
	return s.files.Granted(principal.From(ctx))
}

// GetFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) GetFile(ctx context.Context, request *fileuploadv1.GetFileRequest) (*fileuploadv1.GetFileResponse, error) {
	file, err := s.granted(ctx).Find(ctx, request.GetFileId())
	if err != nil {
		return nil, err
	}
	return &fileuploadv1.GetFileResponse{File: fileOf(&file)}, nil
}

// ListFiles implements fileuploadv1.FileUploadServiceServer.
func (s *Service) ListFiles(ctx context.Context, request *fileuploadv1.ListFilesRequest) (*fileuploadv1.ListFilesResponse, error) {
	query := core.FileQuery{NamePrefix: request.GetNamePrefix()}
	size, err := page.Size(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	if err := page.Decode("files", request.GetCursor(), &query.After); err != nil {
		return nil, err
	}
	// One more than the page shows whether there is a next one.
	query.Limit = size + 1
	found, err := s.granted(ctx).List(ctx, query)
	if err != nil {
		return nil, err
	}
	response := &fileuploadv1.ListFilesResponse{}
	if len(found) > size {
		found = found[:size]
		last := found[size-1]
		response.NextCursor = page.Encode("files", core.Page{Before: last.CreatedAt, BeforeID: last.ID})
	}
	for i := range found {
		response.Files = append(response.Files, fileOf(&found[i]))
	}
	return response, nil
}

// UpdateFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) UpdateFile(ctx context.Context, request *fileuploadv1.UpdateFileRequest) (*fileuploadv1.UpdateFileResponse, error) {
	change, err := changeOf(request)
	if err != nil {
		return nil, err
	}
	file, err := s.granted(ctx).Update(ctx, request.GetFileId(), change)
	if err != nil {
		return nil, err
	}
	return &fileuploadv1.UpdateFileResponse{File: fileOf(&file)}, nil
}

func changeOf(request *fileuploadv1.UpdateFileRequest) (core.FileChange, error) {
	var change core.FileChange
	paths := request.GetUpdateMask().GetPaths()
	if len(paths) == 0 {
		return change, problem.InField(problem.FieldInvalid, "update_mask", "is empty; name metadata, expire_time or both")
	}
	for _, path := range paths {
		switch path {
		case "metadata":
			change.Metadata = &request.Metadata
		case "expire_time":
			at, err := expiryOf(request)
			if err != nil {
				return change, err
			}
			change.ExpiresAt = &at
		default:
			return change, problem.InField(problem.FieldInvalid, "update_mask", "has %s; only metadata and expire_time can be changed", problem.Echo(path))
		}
	}
	return change, nil
}

func expiryOf(request *fileuploadv1.UpdateFileRequest) (time.Time, error) {
	if request.GetExpireTime() == nil {
		return time.Time{}, nil
	}
	if err := request.GetExpireTime().CheckValid(); err != nil {
		return time.Time{}, problem.InField(problem.FieldInvalid, "expire_time", "is not a valid timestamp")
	}
	return request.GetExpireTime().AsTime(), nil
}

// CopyFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) CopyFile(ctx context.Context, request *fileuploadv1.CopyFileRequest) (*fileuploadv1.CopyFileResponse, error) {
	p := principal.From(ctx)
	var response *fileuploadv1.CopyFileResponse
	err := s.streams.UntilCut(ctx, func(ctx context.Context) error {
		file, err := s.files.Granted(p).Copy(ctx, p.Subject, request.GetFileId(), request.GetFileName())
		s.metrics.refusals.Note(err)
		response = &fileuploadv1.CopyFileResponse{File: fileOf(&file)}
		return err
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

// VerifyFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) VerifyFile(ctx context.Context, request *fileuploadv1.VerifyFileRequest) (*fileuploadv1.VerifyFileResponse, error) {
	var response *fileuploadv1.VerifyFileResponse
	err := s.streams.UntilCut(ctx, func(ctx context.Context) error {
		v, err := s.granted(ctx).Verify(ctx, request.GetFileId())
		response = &fileuploadv1.VerifyFileResponse{Intact: v.Intact, Checksum: v.Checksum, Size: v.Size, Damage: v.Damage}
		return err
	})
	if err != nil {
		return nil, err
	}
	return response, nil
}

// DeleteFile implements fileuploadv1.FileUploadServiceServer.
func (s *Service) DeleteFile(ctx context.Context, request *fileuploadv1.DeleteFileRequest) (*fileuploadv1.DeleteFileResponse, error) {
	if err := s.granted(ctx).Delete(ctx, request.GetFileId()); err != nil {
		return nil, err
	}
	return &fileuploadv1.DeleteFileResponse{}, nil
}
