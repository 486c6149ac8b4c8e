package tests

import (
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

func TestSecondStreamTakesOverAtOnce(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(15, 8*chunkSize)
	id := uuid.NewString()
	first := s.mustBegin(ctx, t, header("fenced.bin", id, content.Size()))
	require.NoError(t, first.sendFrom(content, 0, 3*chunkSize))
	s.awaitUpload(ctx, t, id, receivedAtLeast(3*chunkSize))

	second := s.mustBegin(ctx, t, header("fenced.bin", id, content.Size()))
	hello, err := second.hello()
	require.NoError(t, err)
	require.Equal(t, int64(3*chunkSize), hello.GetNext())

	r := requireRefused(t, first.ended(), codes.Aborted, "FENCED")
	require.NotNil(t, r.cut)
	require.NotEqual(t, hello.GetStreamId(), r.cut.GetStreamId())
	require.NoError(t, second.sendFrom(content, hello.GetNext(), content.Size()))
	receipt, err := second.finish()
	require.NoError(t, err)
	requireReceipt(t, receipt, "fenced.bin", content)
	s.requireStored(ctx, t, receipt.GetFileId(), "fenced.bin", content)
}

// TestFencedStreamsNeverMixTheirBytes lets many streams of one upload fight,
// each sending all the time. The last one wins and the content is whole.
func TestFencedStreamsNeverMixTheirBytes(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(16, 16<<20)
	id := uuid.NewString()
	fenced := make(chan error, 20)
	for range cap(fenced) {
		u := s.mustBegin(ctx, t, header("fight.bin", id, content.Size()))
		hello, err := u.hello()
		require.NoError(t, err)
		go func() {
			err := u.sendFrom(content, hello.GetNext(), content.Size()-chunkSize)
			if err == nil {
				err = u.ended()
			}
			fenced <- err
		}()
	}
	_, receipt := s.mustResume(ctx, t, "fight.bin", id, content)
	require.Equal(t, int32(cap(fenced)+1), receipt.GetStreamCount())
	for range cap(fenced) {
		requireRefused(t, <-fenced, codes.Aborted, "FENCED")
	}
	s.requireStored(ctx, t, receipt.GetFileId(), "fight.bin", content)
}

// TestStreamsThatOpenAtOnceAreFenced opens many streams of one upload at once,
// so that most are taken over while they still open. Whenever that is, the
// reason is FENCED.
func TestStreamsThatOpenAtOnceAreFenced(t *testing.T) {
	s := startServer(t)
	ctx := bounded(t)
	content := testkit.NewContent(17, 4*chunkSize)
	id := uuid.NewString()
	type opening struct {
		u   *upload
		err error
	}
	opened := make(chan opening, 50)
	for range cap(opened) {
		go func() {
			u, err := s.begin(ctx, header("rush.bin", id, content.Size()))
			if err == nil {
				_, err = u.hello()
			}
			opened <- opening{u, err}
		}()
	}
	var greeted []*upload
	for range cap(opened) {
		if o := <-opened; o.err == nil {
			greeted = append(greeted, o.u)
		} else {
			requireRefused(t, o.err, codes.Aborted, "FENCED")
		}
	}
	t.Logf("%d of %d streams opened before they were fenced", len(greeted), cap(opened))
	_, receipt := s.mustResume(ctx, t, "rush.bin", id, content)
	for _, u := range greeted {
		requireRefused(t, u.ended(), codes.Aborted, "FENCED")
	}
	s.requireStored(ctx, t, receipt.GetFileId(), "rush.bin", content)
}
