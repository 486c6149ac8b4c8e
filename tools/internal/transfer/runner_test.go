package transfer_test

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/transfer"
)

// uploaderFunc is an uploader that only looks at the path.
type uploaderFunc func(ctx context.Context, path string) (*client.Receipt, error)

func (f uploaderFunc) UploadWithRetry(ctx context.Context, path string, _ ...client.UploadOption) (*client.Receipt, error) {
	return f(ctx, path)
}

// calls records what a reporter was told.
type calls struct {
	transfer.Silent

	mu       sync.Mutex
	started  []int
	finished map[int]error
	closed   int
}

func (c *calls) Started(job int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.started = append(c.started, job)
}

func (c *calls) Finished(job int, o transfer.Outcome) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.finished[job] = o.Err
}

func (c *calls) Close() { c.closed++ }

func runner(uploader uploaderFunc, concurrency int) (*transfer.Runner, *calls) {
	told := &calls{finished: map[int]error{}}
	return &transfer.Runner{Uploader: uploader, Reporter: told, Concurrency: concurrency, Now: time.Now}, told
}

func jobs(n int) []transfer.Job {
	jobs := make([]transfer.Job, n)
	for i := range jobs {
		jobs[i] = transfer.Job{Path: fmt.Sprintf("%d.txt", i), Name: fmt.Sprintf("%d.txt", i), Size: 10}
	}
	return jobs
}

func TestRunUploadsAsManyAtOnceAsItMay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var now, most atomic.Int32
		r, told := runner(func(context.Context, string) (*client.Receipt, error) {
			most.Store(max(most.Load(), now.Add(1)))
			time.Sleep(time.Second)
			now.Add(-1)
			return &client.Receipt{Size: 10}, nil
		}, 3)
		summary := r.Run(t.Context(), jobs(9))
		require.NoError(t, summary.Err())
		require.Equal(t, int32(3), most.Load())
		require.Equal(t, 3*time.Second, summary.Elapsed)
		require.Len(t, told.started, 9)
		require.Equal(t, 1, told.closed)
	})
}

func TestRunKeepsTheOrderAndGoesOnAfterARefusal(t *testing.T) {
	refused := status.Error(codes.InvalidArgument, "no")
	r, told := runner(func(_ context.Context, path string) (*client.Receipt, error) {
		if path == "1.txt" {
			return nil, refused
		}
		return &client.Receipt{FileName: path}, nil
	}, 2)
	summary := r.Run(t.Context(), jobs(4))
	require.ErrorIs(t, summary.Err(), refused)
	require.NoError(t, summary.Unreachable())
	for i, outcome := range summary.Outcomes {
		if i == 1 {
			require.ErrorIs(t, outcome.Err, refused)
			continue
		}
		require.Equal(t, outcome.Job.Path, outcome.Receipt.FileName)
	}
	require.ErrorIs(t, told.finished[1], refused)
}

func TestRunStopsWhenTheServerCannotBeReached(t *testing.T) {
	r, told := runner(func(context.Context, string) (*client.Receipt, error) {
		return nil, status.Error(codes.Unavailable, "connection refused")
	}, 1)
	summary := r.Run(t.Context(), jobs(5))
	require.Equal(t, []int{0}, told.started)
	require.ErrorIs(t, summary.Outcomes[4].Err, transfer.ErrNotSent)
	require.ErrorContains(t, summary.Unreachable(), "connection refused")
}

func TestRunBeginsNothingAfterItsContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	r, told := runner(func(ctx context.Context, _ string) (*client.Receipt, error) {
		cancel()
		return nil, ctx.Err()
	}, 1)
	summary := r.Run(ctx, jobs(5))
	require.Equal(t, []int{0}, told.started)
	require.ErrorIs(t, summary.Outcomes[4].Err, context.Canceled)
	require.Equal(t, "0 files stored, 0 B sent", summary.Text()[:24])
	require.Contains(t, summary.Text(), "\n5 files not finished")
}

func TestRunGivesUpOnUploadsThatAreAllEnded(t *testing.T) {
	var tried int
	r, _ := runner(func(context.Context, string) (*client.Receipt, error) {
		tried++
		return nil, client.ErrContentDiffers
	}, 1)
	one := jobs(1)
	one[0].UploadID, one[0].Derived = "id", true
	require.ErrorIs(t, r.Run(t.Context(), one).Err(), client.ErrContentDiffers)
	require.Equal(t, 16, tried)
}
