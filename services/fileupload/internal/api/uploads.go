package api

import (
	"context"
	"slices"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/libs/page"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// watchInterval is the shortest time between two messages of WatchUpload.
const watchInterval = 100 * time.Millisecond

// GetUpload implements fileuploadv1.FileUploadServiceServer.
func (s *Service) GetUpload(ctx context.Context, request *fileuploadv1.GetUploadRequest) (*fileuploadv1.GetUploadResponse, error) {
	upload, err := s.find(ctx, keyOf(ctx, request.GetUploadId()))
	if err != nil {
		return nil, err
	}
	return &fileuploadv1.GetUploadResponse{Upload: upload}, nil
}

// ListUploads implements fileuploadv1.FileUploadServiceServer.
func (s *Service) ListUploads(ctx context.Context, request *fileuploadv1.ListUploadsRequest) (*fileuploadv1.ListUploadsResponse, error) {
	p := principal.From(ctx)
	query := core.UploadQuery{Tenant: p.Tenant, Subject: p.Subject, Names: p.Grants.Files}
	size, err := page.Size(request.GetPageSize())
	if err != nil {
		return nil, err
	}
	if err := page.Decode("uploads", request.GetCursor(), &query.After); err != nil {
		return nil, err
	}
	if query.Statuses, err = storedStatuses(request.GetStatuses()); err != nil {
		return nil, err
	}
	// One more than the page shows whether there is a next one.
	query.Limit = size + 1
	found, err := s.uploads.List(ctx, query)
	if err != nil {
		return nil, err
	}
	response := &fileuploadv1.ListUploadsResponse{}
	if len(found) > size {
		found = found[:size]
		last := found[size-1]
		response.NextCursor = page.Encode("uploads", core.Page{Before: last.CreatedAt, BeforeID: last.UploadID})
	}
	for i := range found {
		response.Uploads = append(response.Uploads, uploadOf(&found[i], s.streams.Carrier(workKey(found[i].UploadKey))))
	}
	return response, nil
}

// storedStatuses are the catalog's statuses for those asked for. An upload that
// is being verified is a receiving one there.
func storedStatuses(wanted []fileuploadv1.UploadStatus) ([]core.Status, error) {
	var stored []core.Status
	for _, status := range wanted {
		switch status {
		case fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING, fileuploadv1.UploadStatus_UPLOAD_STATUS_VERIFYING,
			fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING:
			stored = append(stored, core.Receiving)
		case fileuploadv1.UploadStatus_UPLOAD_STATUS_AVAILABLE:
			stored = append(stored, core.Available)
		case fileuploadv1.UploadStatus_UPLOAD_STATUS_QUARANTINED:
			stored = append(stored, core.Quarantined)
		case fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED:
			stored = append(stored, core.Aborted)
		case fileuploadv1.UploadStatus_UPLOAD_STATUS_EXPIRED:
			stored = append(stored, core.Expired)
		case fileuploadv1.UploadStatus_UPLOAD_STATUS_DELETED:
			stored = append(stored, core.Deleted)
		default:
			return nil, problem.InField(problem.FieldInvalid, "statuses", "has %s, which is no status of an upload", status)
		}
	}
	slices.Sort(stored)
	return slices.Compact(stored), nil
}

// AbortUpload implements fileuploadv1.FileUploadServiceServer.
func (s *Service) AbortUpload(ctx context.Context, request *fileuploadv1.AbortUploadRequest) (*fileuploadv1.AbortUploadResponse, error) {
	key := keyOf(ctx, request.GetUploadId())
	if _, err := s.uploads.FindGranted(ctx, key, principal.From(ctx).Grants.Files); err != nil {
		return nil, err
	}
	release, err := s.streams.Hold(ctx, workKey(key), problem.New(problem.WorkEnded, "the upload was aborted"))
	if err != nil {
		return nil, err
	}
	defer release()
	aborted, err := s.uploads.Abort(context.WithoutCancel(ctx), key)
	if err != nil {
		return nil, err
	}
	return &fileuploadv1.AbortUploadResponse{Upload: uploadOf(&aborted, "")}, nil
}

// WatchUpload implements fileuploadv1.FileUploadServiceServer.
func (s *Service) WatchUpload(request *fileuploadv1.WatchUploadRequest, out grpc.ServerStreamingServer[fileuploadv1.WatchUploadResponse]) error {
	ctx := out.Context()
	key := keyOf(ctx, request.GetUploadId())
	ticker := time.NewTicker(watchInterval)
	defer ticker.Stop()
	var last *fileuploadv1.Upload
	for {
		now, err := s.current(ctx, key, last)
		if err != nil {
			return err
		}
		if !proto.Equal(now, last) {
			if err := out.Send(&fileuploadv1.WatchUploadResponse{Upload: now}); err != nil {
				return err
			}
		}
		if ended(now) {
			return nil
		}
		last = now
		select {
		case <-ticker.C:
		case <-s.streams.DrainBegun():
			return problem.New(problem.Draining, "the server is shutting down; watch again when it is back")
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}

// current returns the upload as it is now, not behind last. One that was there
// before and is gone did not pass a check: it has ended as aborted, also when
// another has begun under its name.
func (s *Service) current(ctx context.Context, key core.UploadKey, last *fileuploadv1.Upload) (*fileuploadv1.Upload, error) {
	now, err := s.find(ctx, key)
	switch {
	case last == nil:
		return now, err
	case err == nil && proto.Equal(now.GetCreateTime(), last.GetCreateTime()):
		return notBehind(now, last), nil
	case err != nil && problem.ReasonOf(err) != problem.UploadNotFound:
		return nil, err
	}
	gone := proto.CloneOf(last)
	gone.Status = fileuploadv1.UploadStatus_UPLOAD_STATUS_ABORTED
	gone.StreamId, gone.DurableChecksum = "", ""
	gone.BytesPerSecond, gone.TimeLeft = 0, nil
	return gone, nil
}

// notBehind puts what must not go back at what a watch has told before. A stream
// that resumes has received only what is durable.
func notBehind(now, last *fileuploadv1.Upload) *fileuploadv1.Upload {
	position, before := now.GetPosition(), last.GetPosition()
	position.Received = max(position.GetReceived(), before.GetReceived())
	if before.GetDurable() > position.GetDurable() {
		position.Durable = before.GetDurable()
		if !ended(now) {
			now.DurableChecksum = last.GetDurableChecksum()
		}
	}
	if now.Progress != nil {
		now.Progress = new(max(now.GetProgress(), last.GetProgress()))
	}
	return now
}

func ended(upload *fileuploadv1.Upload) bool {
	switch upload.GetStatus() {
	case fileuploadv1.UploadStatus_UPLOAD_STATUS_RECEIVING, fileuploadv1.UploadStatus_UPLOAD_STATUS_VERIFYING,
		fileuploadv1.UploadStatus_UPLOAD_STATUS_SCANNING:
		return false
	default:
		return true
	}
}

func (s *Service) find(ctx context.Context, key core.UploadKey) (*fileuploadv1.Upload, error) {
	progress, err := s.uploads.FindGranted(ctx, key, principal.From(ctx).Grants.Files)
	if err != nil {
		return nil, err
	}
	return uploadOf(&progress, s.streams.Carrier(workKey(key))), nil
}

func keyOf(ctx context.Context, uploadID string) core.UploadKey {
	p := principal.From(ctx)
	return core.UploadKey{Tenant: p.Tenant, Subject: p.Subject, UploadID: uploadID}
}

func workKey(key core.UploadKey) ingest.WorkKey {
	return ingest.WorkKey{Tenant: key.Tenant, Subject: key.Subject, WorkID: key.UploadID}
}
