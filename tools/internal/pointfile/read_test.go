package pointfile_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
)

// read returns the points as text, one a line, and the lines that have none.
func read(t *testing.T, name, content string, o pointfile.Options) (points, bad []string, fatal error) {
	t.Helper()
	for point, err := range pointfile.Read(strings.NewReader(content), name, o) {
		if line, ok := errors.AsType[*pointfile.LineError](err); ok {
			bad = append(bad, line.Error())
			continue
		}
		if err != nil {
			require.NoError(t, fatal, "nothing follows a fatal error")
			fatal = err
			continue
		}
		require.NoError(t, fatal)
		points = append(points, show(point.DataPoint))
	}
	return points, bad, fatal
}

func show(p *collectorv1.DataPoint) string {
	text := p.GetSource() + " " + time.Unix(0, p.GetTimestamp()).UTC().Format("15:04:05") + " " + fmt.Sprint(p.GetMetrics())
	if len(p.GetTags()) > 0 {
		text += " " + fmt.Sprint(p.GetTags())
	}
	return text
}

func TestReadTakesEachForm(t *testing.T) {
	tests := map[string]struct {
		name, content string
		options       pointfile.Options
		want          []string
	}{
		"a header and a column called value": {
			name: "dir/speed_6005.csv", content: "timestamp,value\n2015-07-10 14:24:00,90\n2015-07-10 14:25:00,80",
			want: []string{"speed_6005 14:24:00 map[speed:90]", "speed_6005 14:25:00 map[speed:80]"},
		},
		"no header": {
			name: "speed_6005.csv", content: "2015-07-10 14:24:00,90\n",
			want: []string{"speed_6005 14:24:00 map[speed:90]"},
		},
		"metrics and tags by their cells": {
			name: "web.csv", content: "time,cpu,host,mem\n1436538240,1.5,a,2\n1436538300,,b,3\n",
			want: []string{"web 14:24:00 map[cpu:1.5 mem:2] map[host:a]", "web 14:25:00 map[mem:3] map[host:b]"},
		},
		"a metric whose first cell is none": {
			name: "web.csv", content: "time,cpu\n1436538240,n/a\n1436538240,broken\n1436538300,2\n1436538360,3\n",
			want: []string{"web 14:25:00 map[cpu:2]", "web 14:26:00 map[cpu:3]"},
		},
		"a column called source": {
			name: "all.csv", content: "source,timestamp,value\na,1436538240,1\nb,1436538240,2\n",
			want: []string{"a 14:24:00 map[all:1]", "b 14:24:00 map[all:2]"},
		},
		"a source for all makes it a tag": {
			name: "all.csv", content: "source,timestamp,value\na,1436538240,1\n", options: pointfile.Options{Source: "mine"},
			want: []string{"mine 14:24:00 map[all:1] map[source:a]"},
		},
		"columns that are named": {
			name: "x.csv", content: "when,name,machine,unit,value\n1436538240,temp,m1,7,20\n",
			options: pointfile.Options{TimestampColumn: "when", MetricColumn: "name", SourceColumn: "Machine", TagColumns: []string{"unit"}},
			want:    []string{"m1 14:24:00 map[temp:20] map[unit:7]"},
		},
		"a timestamp by its looks": {
			name: "x.csv", content: "moment;a\n2015-07-10T14:24:00Z;1\n",
			want: []string{"x 14:24:00 map[a:1]"},
		},
		"row numbers without a name": {
			name: "x.csv", content: ",timestamp,a\n0,1436538240,1\n",
			want: []string{"x 14:24:00 map[a:1]"},
		},
		"quotes, a byte order mark, line ends of Windows, blank lines": {
			name: "x.csv", content: "\ufefftimestamp,\"a\",place\r\n\r\n1436538240,\"1\",\"Rome, Italy\"\r\n",
			want: []string{"x 14:24:00 map[a:1] map[place:Rome, Italy]"},
		},
		"tabs": {
			name: "x.tsv", content: "timestamp\ta\n1436538240\t1\n",
			want: []string{"x 14:24:00 map[a:1]"},
		},
		"NDJSON": {
			name: "x.ndjson", content: `{"source":"s","timestamp":"2015-07-10T14:24:00Z","metrics":{"a":1,"b":null},"tags":{"k":"v","l":null}}` + "\n" +
				`{"timestamp":1436538240000,"metrics":{"a":2}}`,
			want: []string{"s 14:24:00 map[a:1] map[k:v]", "x 14:24:00 map[a:2]"},
		},
		"tags for all win": {
			name: "x.ndjson", content: `{"timestamp":1436538240,"metrics":{"a":1},"tags":{"k":"v","l":"w"}}`,
			options: pointfile.Options{Tags: map[string]string{"k": "mine"}},
			want:    []string{"x 14:24:00 map[a:1] map[k:mine l:w]"},
		},
		"standard input with a source": {
			name: pointfile.Stdin, content: "1436538240,5", options: pointfile.Options{Source: "s", Metric: "m"},
			want: []string{"s 14:24:00 map[m:5]"},
		},
		"a format that is given": {
			name: "x.csv", content: "{time},a\n1436538240,1", options: pointfile.Options{Format: pointfile.FormatCSV, TimestampColumn: "{time}"},
			want: []string{"x 14:24:00 map[a:1]"},
		},
		"nothing": {name: "x.csv", content: "\n\n"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, _, fatal := read(t, test.name, test.content, test.options)
			require.NoError(t, fatal)
			require.Equal(t, test.want, got)
		})
	}
}

func TestABadLineIsToldAndTheNextIsRead(t *testing.T) {
	tests := map[string]struct {
		name, content, want string
	}{
		"no number":             {"a/x.csv", "timestamp,value\n1436538240,fast\n1436538240,1\n", `a/x.csv:2: "fast" in the column value is no number`},
		"too large a number":    {"x.csv", "timestamp,value\n1436538240,1e999\n1436538240,1\n", `x.csv:2: "1e999" in the column value is no number`},
		"no timestamp":          {"x.csv", "timestamp,value\nsoon,1\n1436538240,1\n", `x.csv:2: "soon" is no timestamp`},
		"no value":              {"x.csv", "timestamp,value\n1436538240,\n1436538240,1\n", "x.csv:2: there is no value"},
		"too few columns":       {"x.csv", "timestamp,value\n\n1436538240\n1436538240,1\n", "x.csv:3: it has 1 columns, not 2"},
		"a quote left open":     {"x.csv", "timestamp,value\n1436538240,\"1\n1436538240,1\n", "x.csv:2: the quotes are wrong"},
		"an empty source":       {"x.csv", "timestamp,source,value\n1436538240,,1\n1436538240,a,1\n", "x.csv:2: the source is missing"},
		"not UTF-8":             {"x.csv", "timestamp,value,place\n1436538240,1,\xff\n1436538240,1,b\n", "x.csv:2: the line is not UTF-8"},
		"too long":              {"x.csv", "timestamp,value\n1436538240," + strings.Repeat("1", 2<<20) + "\n1436538240,1\n", "x.csv:2: the line is longer than 1 MiB"},
		"standard input":        {pointfile.Stdin, "{\"timestamp\":1436538240,\"metrics\":{\"a\":1}}\n{\"source\":\"s\",\"timestamp\":1436538240,\"metrics\":{\"a\":1}}\n", "standard input:1: the source is missing; give one for all with --source"},
		"broken JSON":           {"x.json", "{\"timestamp\":\n{\"timestamp\":1436538240,\"metrics\":{\"a\":1}}", "x.json:1: it is no JSON object of a point: unexpected EOF"},
		"a field not known":     {"x.json", "{\"time\":1}\n{\"timestamp\":1436538240,\"metrics\":{\"a\":1}}", `x.json:1: it is no JSON object of a point: unknown field "time"`},
		"a text for a number":   {"x.json", "{\"timestamp\":1436538240,\"metrics\":{\"a\":\"b\"}}\n{\"timestamp\":1436538240,\"metrics\":{\"a\":1}}", `x.json:1: metrics["a"]: is a text; give a number`},
		"two objects on a line": {"x.json", "{\"timestamp\":1} {}\n{\"timestamp\":1436538240,\"metrics\":{\"a\":1}}", "x.json:1: there is more on the line"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			points, bad, fatal := read(t, test.name, test.content, pointfile.Options{})
			require.NoError(t, fatal)
			require.Len(t, points, 1)
			require.Len(t, bad, 1)
			require.Contains(t, bad[0], test.want)
		})
	}
}

func TestABadFieldOfJSONIsNamed(t *testing.T) {
	for line, want := range map[string]string{
		`{"timestamp":1,"metrics":{"a":1,"cpu":"x"}}`:                   `metrics["cpu"]: is a text; give a number`,
		`{"timestamp":1,"Metrics":{"cpu":true}}`:                        `metrics["cpu"]: is true or false; give a number`,
		`{"timestamp":1,"metrics":{"cpu":{}}} {}`:                       `metrics["cpu"]: is an object; give a number`,
		`{"timestamp":1,"metrics":{"a":1,"cpu":-1e999}}`:                `metrics["cpu"]: -1e999 is beyond a float64; give a number up to 1.7e308`,
		`{"timestamp":1,"metrics":[1]}`:                                 `metrics: is an array; give an object`,
		`{"timestamp":1,"metrics":1}`:                                   `metrics: is a number; give an object`,
		`{"timestamp":1,"metrics":null}`:                                `metrics: is missing; give an object such as {"cpu":0.5}`,
		`{"timestamp":1,"metrics":{}}`:                                  `metrics: is missing`,
		`{"timestamp":1}`:                                               `metrics: is missing`,
		`{"timestamp":1,"metrics":{"a":null}}`:                          `there is no value`,
		`{"timestamp":1,"metrics":{"a":1},"tags":{"a":7}}`:              `tags["a"]: is a number; give a text`,
		`{"timestamp":1,"metrics":{"a":1},"tags":"a"}`:                  `tags: is a text; give an object`,
		`{"timestamp":1,"metrics":{"a":1},"source":7}`:                  `source: is a number; give a text`,
		`{"metrics":{"a":1}}`:                                           `timestamp: the timestamp is missing`,
		`{"timestamp":null,"metrics":{"a":1}}`:                          `timestamp: the timestamp is missing`,
		`{"timestamp":[1],"metrics":{"a":1}}`:                           `timestamp: "[1]" is no timestamp`,
		`[{"timestamp":1,"metrics":{"a":1}}]`:                           `a point: is an array; give an object on each line`,
		`null`:                                                          `a point: is null; give an object on each line`,
		`7`:                                                             `a point: is a number; give an object on each line`,
		`{"timestamp":1,"metrics":{"a":1,"b":null},"tags":{"a":false}}`: `tags["a"]: is true or false; give a text`,
	} {
		points, bad, fatal := read(t, "x.json", line, pointfile.Options{Format: pointfile.FormatNDJSON})
		require.NoError(t, fatal)
		require.Empty(t, points, line)
		require.Len(t, bad, 1)
		require.Contains(t, bad[0], "x.json:1: "+want, line)
	}
}

func TestAnArrayOfPointsIsRefusedAsOne(t *testing.T) {
	_, bad, fatal := read(t, "x.json", `[{"timestamp":1,"metrics":{"a":1}}]`, pointfile.Options{})
	require.NoError(t, fatal)
	require.Equal(t, []string{"x.json:1: a point: is an array; give an object on each line"}, bad)
}

func TestWhatMakesNoSenseAsAWholeEndsTheReading(t *testing.T) {
	tests := map[string]struct {
		content string
		options pointfile.Options
		want    string
	}{
		"no timestamps":            {"a,b\n1,2\n", pointfile.Options{}, "x.csv: no column has timestamps among a, b; name it with --timestamp-column"},
		"three columns, no header": {"1436538240,1,2\n", pointfile.Options{}, "it has no header"},
		"a column twice":           {"timestamp,a,a\n", pointfile.Options{}, "the header has the column a twice"},
		"a column that is not":     {"timestamp,a\n", pointfile.Options{TagColumns: []string{"b"}}, "there is no column b; the header has timestamp, a"},
		"a source that is not":     {"timestamp,a\n", pointfile.Options{SourceColumn: "b"}, "there is no column b"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			points, bad, fatal := read(t, "x.csv", test.content, test.options)
			require.ErrorContains(t, fatal, test.want)
			require.Empty(t, points)
			require.Empty(t, bad)
		})
	}
}

func TestAFileThatCannotBeReadEndsTheReading(t *testing.T) {
	broken := errors.New("disk on fire")
	r := io.MultiReader(strings.NewReader("timestamp,value\n1436538240,1\n"), iotest.ErrReader(broken))
	var points int
	var fatal error
	for _, err := range pointfile.Read(r, "x.csv", pointfile.Options{}) {
		if err != nil {
			fatal = err
			continue
		}
		points++
	}
	require.Equal(t, 1, points)
	require.ErrorIs(t, fatal, broken)
}

func TestReadingStopsWhenNoMoreIsWanted(t *testing.T) {
	for point, err := range pointfile.Read(strings.NewReader("1436538240,1\n1436538240,2\nbad"), "x.csv", pointfile.Options{}) {
		require.NoError(t, err)
		require.Equal(t, map[string]float64{"x": 1}, point.GetMetrics())
		break
	}
}

// A pipe that is fed slowly is read line by line.
func TestALineIsReadBeforeTheNextIsWritten(t *testing.T) {
	r, w := io.Pipe()
	wrote := make(chan string, 2)
	go func() {
		for line := range wrote {
			_, _ = io.WriteString(w, line)
		}
		_ = w.Close()
	}()
	wrote <- "timestamp,value\n"
	wrote <- "1436538240,1\n"
	n := 0
	for _, err := range pointfile.Read(r, "x.csv", pointfile.Options{}) {
		require.NoError(t, err)
		n++
		if n == 3 {
			close(wrote)
		} else {
			wrote <- "1436538240,1\n"
		}
	}
	require.Equal(t, 3, n)
}

// The files are one of the kind, and those in the folder `points` of the
// environment's SLUICE_TESTDATA.
func TestTheRealFilesAreReadToTheLastLine(t *testing.T) {
	own := filepath.Join(t.TempDir(), "speed_6005.csv")
	require.NoError(t, os.WriteFile(own, []byte("timestamp,value\n2015-08-31 18:22:00,90\n2015-08-31 18:32:00,80"), 0o600))
	paths := []string{own}
	if dir := os.Getenv("SLUICE_TESTDATA"); dir == "" {
		t.Log("SLUICE_TESTDATA is not set: only the built-in file is read")
	} else {
		more, err := filepath.Glob(filepath.Join(dir, "points", "*.csv"))
		require.NoError(t, err)
		require.NotEmpty(t, more, "SLUICE_TESTDATA has no points")
		paths = append(paths, more...)
	}
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		points, bad, fatal := read(t, path, string(content), pointfile.Options{})
		require.NoError(t, fatal)
		require.Empty(t, bad)
		// The last line may have no end, and the first is the header.
		require.Len(t, points, strings.Count(strings.TrimSuffix(string(content), "\n"), "\n"), path)
		require.True(t, strings.HasPrefix(points[0], strings.TrimSuffix(filepath.Base(path), ".csv")+" "), points[0])
	}
}

func FuzzRead(f *testing.F) {
	for _, content := range []string{
		"timestamp,value\n2015-07-10 14:24:00,1\n", "1436538240,1\nx,y\n", "time;a;b\n1436538240;1;\"x;y\"\n",
		`{"source":"s","timestamp":1,"metrics":{"a":1},"tags":{"k":"v"}}`, "{\n", "[{\n", `{"metrics":{"a":"b"}}`, `{"tags":[1]}`, "\ufeff,timestamp\n", "\"\n\"",
	} {
		f.Add(content)
	}
	f.Fuzz(func(t *testing.T, content string) {
		points, bad, fatal := 0, 0, 0
		for point, err := range pointfile.Read(strings.NewReader(content), "x.csv", pointfile.Options{}) {
			line, isLine := errors.AsType[*pointfile.LineError](err)
			switch {
			case isLine:
				require.Positive(t, line.Line)
				bad++
			case err != nil:
				fatal++
			default:
				require.NotEmpty(t, point.GetSource())
				require.NotEmpty(t, point.GetMetrics())
				for name, value := range point.GetTags() {
					require.True(t, utf8.ValidString(name+value))
				}
				points++
			}
		}
		require.LessOrEqual(t, fatal, 1)
		require.LessOrEqual(t, points+bad, strings.Count(content, "\n")+1)
	})
}
