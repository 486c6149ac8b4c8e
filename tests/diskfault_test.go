package tests

import (
	"context"
	"path/filepath"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	"github.com/sluice-ingest/sluice/libs/testkit"
	"github.com/sluice-ingest/sluice/libs/testkit/syscallfault"
)

// diskFault is a system call that fails, and which uploads notice.
type diskFault struct {
	name  string
	calls []string
	// folders, relative to the data folder, are those whose calls fail; nil for all
	// files and folders.
	folders []string
	// large and small tell whether uploads are refused that go to files of their own
	// and to packs.
	large, small bool
	// vague tells that a full disk is not told from one that fails: what is not
	// synced may be there all the same.
	vague bool
}

// TestFailingDiskRefusesAndKeeps makes the disk fail at every place where an upload
// needs it. What it can't keep is refused with the reason, what was acknowledged
// stays, other calls are served, and with the disk well again the uploads go on.
func TestFailingDiskRefusesAndKeeps(t *testing.T) {
	faults := []diskFault{
		{name: "write", calls: []string{"pwritev"}, large: true, small: true},
		{name: "sync", calls: []string{"fdatasync"}, large: true, small: true},
		{name: "rename", calls: []string{"renameat", "renameat2"}, large: true},
		{name: "sync_of_folders", calls: []string{"fsync"}, folders: []string{"parts", "blobs/*"}, large: true, vague: true},
		{name: "write_of_the_catalog", calls: []string{"pwrite64"}, large: true, small: true},
		{name: "sync_of_the_catalog", calls: []string{"fsync"}, large: true, small: true, vague: true},
		{name: "reservation", calls: []string{"fallocate"}},
	}
	for _, fault := range faults {
		t.Run(fault.name, func(t *testing.T) {
			t.Run("EIO", func(t *testing.T) { fault.test(t, "EIO", codes.Unavailable, "STORAGE_FAILED") })
			t.Run("ENOSPC", func(t *testing.T) {
				if fault.vague {
					fault.test(t, "ENOSPC", codes.Unavailable, "STORAGE_FAILED")
				} else {
					fault.test(t, "ENOSPC", codes.ResourceExhausted, "STORAGE_FULL")
				}
			})
		})
	}
}

func (f diskFault) test(t *testing.T, failure string, code codes.Code, reason string) {
	t.Helper()
	s := startServer(t, "--checkpoint-bytes", "2MiB", "--janitor-interval", sweepInterval)
	ctx := bounded(t)
	w, large := s.storeWitness(ctx, t), begunUpload(ctx, t, s)
	packed, small := smallUpload("packed.bin", 702), smallUpload("small.bin", 703)
	require.NoError(t, s.deliver(ctx, packed))

	injected := syscallfault.Inject(t, s.PID(), syscallfault.Rule{Error: failure, Calls: f.calls, Paths: f.paths(t, s.dataDir)})
	for _, upload := range []struct {
		*work
		refused bool
	}{{large, f.large}, {small, f.small}} {
		err := s.deliver(ctx, upload.work)
		if !upload.refused {
			require.NoError(t, err, upload.name)
			continue
		}
		r := requireRefused(t, err, code, reason)
		require.Positive(t, r.retryAfter)
		if r.cut != nil {
			upload.told(r.cut.GetPosition().GetDurable())
		}
	}
	s.requireWitness(ctx, t, w)
	hits := injected.Stop()
	t.Logf("%d calls failed", hits)
	require.Positive(t, hits)

	require.NoError(t, s.deliver(ctx, large))
	require.NoError(t, s.deliver(ctx, small))
	s.Kill9()
	s.Restart()
	s.requireAll(ctx, t, map[string]source{
		witnessName: w.content, packed.name: packed.content, large.name: large.content, small.name: small.content,
	})
}

// paths are the folders that the fault is about.
func (f diskFault) paths(t *testing.T, dataDir string) (paths []string) {
	t.Helper()
	for _, folder := range f.folders {
		found, err := filepath.Glob(filepath.Join(dataDir, filepath.FromSlash(folder)))
		require.NoError(t, err)
		require.NotEmpty(t, found)
		paths = append(paths, found...)
	}
	return paths
}

// begunUpload is an upload of which some is durable.
func begunUpload(ctx context.Context, t *testing.T, s *server) *work {
	t.Helper()
	w := &work{id: uuid.NewString(), name: "large.bin", content: testkit.NewContent(701, 12<<20)}
	u := s.mustBegin(ctx, t, w.first())
	require.NoError(t, u.sendFrom(w.content, 0, 3<<20))
	_, err := u.finish()
	w.told(requireRefused(t, err, codes.InvalidArgument, "INCOMPLETE").cut.GetPosition().GetDurable())
	require.Equal(t, int64(3<<20), w.durable.Load())
	return w
}

func smallUpload(name string, seed uint64) *work {
	return &work{id: uuid.NewString(), name: name, content: testkit.NewContent(seed, 5000), whole: true}
}

// deliver uploads, or goes on with it, and returns why that failed.
func (p peer) deliver(ctx context.Context, w *work) error {
	u, err := p.begin(ctx, w.first())
	if err != nil {
		return err
	}
	defer u.cancel()
	hello, err := u.hello()
	if err != nil {
		return err
	}
	if err := w.check(hello); err != nil {
		return err
	}
	if !w.whole {
		if err := u.sendFrom(w.content, hello.GetNext(), w.content.Size()); err != nil {
			return err
		}
	}
	_, err = u.finish()
	return err
}

// requireAll wants files of these names and contents and no others to be there,
// and the folder to have nothing else once the janitor has looked.
func (s *server) requireAll(ctx context.Context, t *testing.T, wanted map[string]source) {
	t.Helper()
	listed := make(map[string]*fileuploadv1.File)
	page, err := s.files.ListFiles(ctx, &fileuploadv1.ListFilesRequest{})
	require.NoError(t, err)
	names := make(map[string]bool)
	for _, file := range page.GetFiles() {
		require.Contains(t, wanted, file.GetFileName())
		s.requireStored(ctx, t, file.GetFileId(), file.GetFileName(), wanted[file.GetFileName()])
		listed[file.GetFileId()], names[file.GetFileName()] = file, true
	}
	require.Len(t, names, len(wanted))
	s.requireUsage(ctx, t, listed)
	s.requireSwept(t)
	s.requireOnly(t, listed)
}
