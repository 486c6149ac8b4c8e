package tests

import (
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/syscallfault"
)

// TestDeletionOnAFailingDiskLeavesNothing deletes files whose bytes can't be removed.
// They are deleted all the same, and their bytes go when the disk is well again.
func TestDeletionOnAFailingDiskLeavesNothing(t *testing.T) {
	tests := []struct {
		name, call string
		size       int64
	}{
		{"file_of_its_own", "unlinkat", 1 << 20},
		{"in_a_pack", "fallocate", 5000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := startServer(t)
			ctx := bounded(t)
			w := s.storeWitness(ctx, t)
			deleted := &work{name: "deleted.bin", content: testkit.NewContent(711, tt.size), whole: true}
			u := s.mustBegin(ctx, t, deleted.first())
			receipt, err := u.finish()
			require.NoError(t, err)

			fault := syscallfault.Inject(t, s.PID(), syscallfault.Rule{Error: "EIO", Calls: []string{tt.call}})
			_, err = s.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: receipt.GetFileId()})
			requireRefused(t, err, codes.Unavailable, "STORAGE_FAILED")
			_, err = s.download(ctx, receipt.GetFileId())
			requireRefused(t, err, codes.NotFound, "FILE_NOT_FOUND")
			s.requireWitness(ctx, t, w)
			require.Positive(t, fault.Stop())
			s.requireAll(ctx, t, map[string]source{witnessName: w.content})
		})
	}
}
