package api_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/protobuf/proto"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/testkit/rpctest"
)

// listed returns all series, asked for in pages, and the number of pages.
func (h *harness) listed(ctx context.Context, t testing.TB, request *collectorv1.ListSeriesRequest) (lines []string, pages int) {
	t.Helper()
	last := int64(0)
	for {
		list, err := h.points.ListSeries(ctx, request)
		require.NoError(t, err)
		require.Less(t, proto.Size(list), 1<<20)
		pages++
		for _, s := range list.GetSeries() {
			require.Greater(t, s.GetSeries().GetSeriesId(), last)
			last = s.GetSeries().GetSeriesId()
			lines = append(lines, fmt.Sprintf("%s %d from %v to %v",
				name(s.GetSeries()), s.GetSampleCount(), since(s.GetFirstTimestamp()), since(s.GetLastTimestamp())))
		}
		if request.Cursor = list.GetNextCursor(); request.GetCursor() == "" {
			return lines, pages
		}
	}
}

func TestSeriesAreListedInPages(t *testing.T) {
	h := newHarness(t)
	wait := h.stored(t.Context(), t, someMinutes()...)
	all := []string{"a/cpu{dc=x} 3 from 0s to 1m0s", "b/cpu 3 from 0s to 1m30s", "a/mem{dc=x} 1 from 20s to 20s"}
	for _, c := range []struct {
		size  int32
		pages int
	}{{0, 1}, {1, 3}, {2, 2}, {3, 1}, {1000, 1}} {
		got, pages := h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{WaitFor: wait, PageSize: c.size})
		require.Equal(t, all, got)
		require.Equal(t, c.pages, pages)
	}
	got, _ := h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{Matchers: matchers(source("a")), PageSize: 1})
	require.Equal(t, []string{all[0], all[2]}, got)
	got, _ = h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{Matchers: matchers(source("c"))})
	require.Empty(t, got)
}

func TestAPageOfLongNamesFitsIntoAMessage(t *testing.T) {
	h := newHarness(t)
	var points []*collectorv1.DataPoint
	for i := range 900 {
		points = append(points, sample(fmt.Sprintf("%04d%s", i, strings.Repeat("s", 251)), at(time.Second), strings.Repeat("m", 255), 1,
			"a", strings.Repeat("v", 255), "b", strings.Repeat("v", 255)))
	}
	wait := h.stored(t.Context(), t, points...)
	got, pages := h.listed(t.Context(), t, &collectorv1.ListSeriesRequest{WaitFor: wait, PageSize: 1000})
	require.Len(t, got, 900)
	require.Greater(t, pages, 1)
}

func TestAListThatCannotBe(t *testing.T) {
	h := newHarness(t)
	for _, c := range []struct {
		request *collectorv1.ListSeriesRequest
		field   string
	}{
		{&collectorv1.ListSeriesRequest{Matchers: matchers(metricLike("("))}, "matchers[0].value"},
		{&collectorv1.ListSeriesRequest{PageSize: -1}, "page_size"},
		{&collectorv1.ListSeriesRequest{PageSize: 1001}, "page_size"},
		{&collectorv1.ListSeriesRequest{Cursor: "?"}, "cursor"},
		{&collectorv1.ListSeriesRequest{WaitFor: &queryv1.WaitFor{ProducerId: "p", Sequence: -1}}, "wait_for.sequence"},
	} {
		_, err := h.points.ListSeries(t.Context(), c.request)
		require.Equal(t, rpctest.Refusal{Code: codes.InvalidArgument, Reason: "FIELD_INVALID", Field: c.field}, rpctest.RefusalOf(t, err), "%v", c.request)
	}
}
