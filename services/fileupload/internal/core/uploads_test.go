package core_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// A client that was cut sends its small file again while the first stream is still
// at it, and both have found no such upload.
func TestAStreamThatWasOvertakenHasTheSameReceipt(t *testing.T) {
	content := []byte("content")
	for name, whole := range map[string]bool{"whole in its first message": true, "in chunks": false} {
		t.Run(name, func(t *testing.T) {
			a := openAccount(t)
			first := core.Opening{
				Key: a.key("u"), Header: core.Header{FileName: "a.txt", TotalSize: core.UnknownSize},
				Whole: whole, Size: len(content), Readable: everything,
			}
			second, other := first, first
			for _, opening := range []*core.Opening{&first, &second, &other} {
				require.NoError(t, a.uploads.Check(t.Context(), opening))
			}
			want, err := a.upload(t, first, content)
			require.NoError(t, err)
			got, err := a.upload(t, second, content)
			require.NoError(t, err)
			require.Equal(t, want, got)
			require.Len(t, a.blobs(t), 1)
			_, err = a.upload(t, other, []byte("another"))
			if whole {
				require.Equal(t, problem.WorkChanged, problem.ReasonOf(err), "%v", err)
			} else {
				require.NoError(t, err, "it is not asked for what has finished")
			}
			require.Equal(t, core.Usage{Bytes: int64(len(content)), Files: 1}, a.usage(t))
			require.Len(t, a.blobs(t), 1)
		})
	}
}

// A small file that comes in one message takes over what a slower stream of the
// upload has begun meanwhile.
func TestAWholeFileTakesOverWhatWasBegun(t *testing.T) {
	a, content := openAccount(t), []byte("content")
	whole := core.Opening{
		Key: a.key("u"), Header: core.Header{FileName: "a.txt", TotalSize: core.UnknownSize},
		Whole: true, Size: len(content), Readable: everything,
	}
	require.NoError(t, a.uploads.Check(t.Context(), &whole))
	slower, err := a.begin(t, "u", core.UnknownSize)
	require.Equal(t, problem.WorkChanged, problem.ReasonOf(a.uploads.Check(t.Context(), &whole)), "of another name")
	require.NoError(t, err)
	require.NoError(t, slower.Close(t.Context(), nil))

	_, err = a.upload(t, whole, content)
	require.Equal(t, problem.WorkChanged, problem.ReasonOf(err), "%v", err)
	whole.Header.FileName = "a.bin"
	receipt, err := a.upload(t, whole, content)
	require.NoError(t, err)
	a.requireContent(t, receipt.FileID, content)
	require.Equal(t, core.Usage{Bytes: int64(len(content)), Files: 1}, a.usage(t))
}
