package fakeserver

import (
	"google.golang.org/grpc"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

// WatchUpload tells the moves that were set.
func (s *Server) WatchUpload(
	_ *fileuploadv1.WatchUploadRequest, stream grpc.ServerStreamingServer[fileuploadv1.WatchUploadResponse],
) error {
	for _, move := range s.Moves {
		if err := stream.Send(&fileuploadv1.WatchUploadResponse{Upload: move}); err != nil {
			return err
		}
	}
	return nil
}
