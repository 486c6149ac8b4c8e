// Package api speaks gRPC for package core: it turns messages into calls and
// results into messages, and decides nothing about files.
package api

import (
	"github.com/prometheus/client_golang/prometheus"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/ingest"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Service implements fileuploadv1.FileUploadServiceServer. Safe for concurrent
// use.
type Service struct {
	fileuploadv1.UnimplementedFileUploadServiceServer

	uploads *core.Uploads
	files   *core.Files
	streams *ingest.Registry
	metrics *metrics
	// chunkBytes is the largest chunk of one message.
	chunkBytes int
}

// Deps are what a service works with; all are required.
type Deps struct {
	Uploads    *core.Uploads
	Files      *core.Files
	Streams    *ingest.Registry
	Registerer prometheus.Registerer
	// ChunkBytes is the largest chunk that one message may carry, for the
	// hello.
	ChunkBytes int
}

// New returns a service. It panics when the registerer has its metrics already.
func New(deps Deps) *Service {
	return &Service{
		uploads: deps.Uploads, files: deps.Files, streams: deps.Streams,
		metrics: newMetrics(deps.Registerer), chunkBytes: deps.ChunkBytes,
	}
}
