package tests

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// realSeries are series with what real ones have: gaps, repeated timestamps,
// steps back in time, and values of any size.
var realSeries = map[string]string{
	"small_load_a1.csv": "timestamp,value\n" +
		"2014-02-14 14:30:00,0.132\n2014-02-14 14:35:00,0.134\n2014-02-14 14:35:00,0.5\n" +
		"2014-02-16 00:00:00,51.846000000000004\n2014-02-14 14:30:00,1e9\n2014-02-14 14:40:00,-0.0001\n",
	"one_b2.csv": "timestamp,value\n2015-07-10 14:24:00,564\n",
}

// TestRealSeriesComeBackEqual sends series of real measurements: those above,
// and those in the folder `points` of the environment's SLUICE_TESTDATA.
func TestRealSeriesComeBackEqual(t *testing.T) {
	paths := writeRealSeries(t)
	if dir := os.Getenv("SLUICE_TESTDATA"); dir == "" {
		t.Log("SLUICE_TESTDATA is not set: only the built-in series are sent")
	} else {
		more, err := filepath.Glob(filepath.Join(dir, "points", "*.csv"))
		require.NoError(t, err)
		require.NotEmpty(t, more, "SLUICE_TESTDATA has no series to send")
		paths = append(paths, more...)
	}
	s := startCollector(t)
	c := s.sdk(t)
	all := stored{}
	var total, unique int64
	for _, path := range paths {
		points, want := readSeries(t, path)
		source := strings.TrimSuffix(filepath.Base(path), ".csv")
		// Frames are small, so that repeats come in one frame and in several.
		result, err := c.SendDataPoints(bounded(t), channelOf(points), client.WithProducer(source, 0), client.WithBatchSize(7))
		require.NoError(t, err, path)
		require.Equal(t, int64(len(points)), result.Successful, "%s: %v", path, result.PointErrors)
		s.requireQueried(bounded(t), t, want, ofSource(source), waitFor(source, result.Position.Durable))
		all.take(points...)
		total, unique = total+int64(len(points)), unique+want.count()
	}
	t.Logf("%d series with %d points came back; %d points repeated a timestamp", len(paths), total, total-unique)
	s.requireStatistics(bounded(t), t, all, selection{}, grouping{source: true, metric: true})
	s.Restart()
	s.requireQueried(bounded(t), t, all, selection{}, nil)
}

func writeRealSeries(t *testing.T) (paths []string) {
	t.Helper()
	dir := t.TempDir()
	for name, text := range realSeries {
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		paths = append(paths, path)
	}
	return paths
}

// readSeries returns a file's points and what should be stored of them. The
// file's name is the source, and its leading part the metric.
func readSeries(t *testing.T, path string) (points []*collectorv1.DataPoint, want stored) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	rows, err := csv.NewReader(file).ReadAll()
	require.NoError(t, err, path)
	source := strings.TrimSuffix(filepath.Base(path), ".csv")
	metric := source[:max(strings.LastIndex(source, "_"), 1)]
	want = stored{}
	for _, row := range rows[1:] {
		at, err := time.Parse(time.DateTime, row[0])
		require.NoError(t, err, path)
		value, err := strconv.ParseFloat(row[1], 64)
		require.NoError(t, err, path)
		points = append(points, &collectorv1.DataPoint{
			Source: source, Timestamp: at.UnixNano(), Metrics: map[string]float64{metric: value},
		})
		// The last one in the order of the file holds.
		want.take(points[len(points)-1])
	}
	return points, want
}
