package problem_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestOfFindsOrExplains(t *testing.T) {
	fenced := problem.New(problem.Fenced, "taken over")
	require.Same(t, fenced, problem.Of(fmt.Errorf("upload: %w", fenced)))
	require.Equal(t, problem.ClientGone, problem.ReasonOf(fmt.Errorf("read: %w", context.Canceled)))
	require.Equal(t, problem.DeadlineExceeded, problem.ReasonOf(context.DeadlineExceeded))
	unknown := errors.New("open /secret: denied")
	require.Equal(t, problem.Internal, problem.ReasonOf(unknown))
	require.NotContains(t, problem.Of(unknown).Public(), "secret")
	require.ErrorIs(t, problem.Of(unknown), unknown)
	require.Empty(t, problem.ReasonOf(nil))
}

func TestTheCauseIsNotPublic(t *testing.T) {
	err := problem.Because(problem.StorageFailed, errors.New("disk 7"), "the storage failed")
	require.Equal(t, "the storage failed", err.Public())
	require.Equal(t, "the storage failed: disk 7", err.Error())
	require.Equal(t, "file_name: is empty", problem.InField(problem.NameInvalid, "file_name", "is empty").Public())
}

func TestEchoIsShortAndPrintable(t *testing.T) {
	require.Equal(t, `"a\x01"`, problem.Echo("a\x01"))
	require.Equal(t, `"`+strings.Repeat("ü", 64)+`"…`, problem.Echo(strings.Repeat("ü", 65)))
	require.Less(t, len(problem.Echo(strings.Repeat("\x01", 1_000_000))), 300)
}
