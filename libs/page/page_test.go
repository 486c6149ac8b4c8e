package page_test

import (
	"encoding/base64"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/page"
	"github.com/sluice-ingest/sluice/libs/problem"
)

func TestSize(t *testing.T) {
	for requested, want := range map[int32]int{0: 100, 1: 1, 1000: 1000} {
		got, err := page.Size(requested)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, requested := range []int32{-1, 1001} {
		_, err := page.Size(requested)
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(err))
	}
}

func TestACursorIsForItsList(t *testing.T) {
	type place struct{ At int }
	text := page.Encode("files", place{7})
	var got place
	require.NoError(t, page.Decode("files", text, &got))
	require.Equal(t, place{7}, got)
	require.NoError(t, page.Decode("files", "", &got))
	require.Equal(t, place{7}, got, "the first page leaves the place as it is")
	for _, bad := range []string{
		"?", base64.RawURLEncoding.EncodeToString([]byte("{")), base64.RawURLEncoding.EncodeToString([]byte(`{"a":1}`)),
		page.Encode("uploads", place{7}), page.Encode("files", "text"),
	} {
		require.Equal(t, problem.FieldInvalid, problem.ReasonOf(page.Decode("files", bad, &got)), bad)
	}
}
