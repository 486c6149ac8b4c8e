package pointfile_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/pointfile"
)

func TestParseTimestamp(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	require.NoError(t, err)
	const at = int64(1_436_538_240_000_000_000) // 2015-07-10T14:24:00Z
	tests := map[string]struct {
		text     string
		unit     pointfile.Unit
		location *time.Location
		want     int64
	}{
		"RFC 3339":               {text: "2015-07-10T14:24:00Z", want: at},
		"with an offset":         {text: "2015-07-10T16:24:00+02:00", want: at},
		"with an offset, spaced": {text: "2015-07-10 16:24:00+02:00", want: at},
		"a zone that is named":   {text: "2015-07-10T14:24:00Z", location: berlin, want: at},
		"a zone that is not":     {text: "2015-07-10 16:24:00", location: berlin, want: at},
		"UTC by default":         {text: "2015-07-10 14:24:00", want: at},
		"with a fraction":        {text: "2015-07-10 14:24:00.123456789", want: at + 123_456_789},
		"without seconds":        {text: "2015-07-10 14:24", want: at},
		"a date alone":           {text: "2015-07-10", want: at - int64(14*time.Hour+24*time.Minute)},
		"seconds":                {text: "1436538240", want: at},
		"seconds and a fraction": {text: "1436538240.123456789", want: at + 123_456_789},
		"with an exponent":       {text: "1.43653824e9", want: at},
		"milliseconds":           {text: "1436538240123", want: at + 123_000_000},
		"microseconds":           {text: "1436538240123456", want: at + 123_456_000},
		"nanoseconds, exactly":   {text: "1436538240123456789", want: at + 123_456_789},
		"the largest":            {text: "9223372036854775807", want: 1<<63 - 1},
		"a unit that is given":   {text: "20000", unit: pointfile.UnitMilliseconds, want: 20_000_000_000},
		"before 1970":            {text: "-1", want: -1_000_000_000},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			location := test.location
			if location == nil {
				location = time.UTC
			}
			got, err := pointfile.ParseTimestamp(test.text, test.unit, location)
			require.NoError(t, err)
			require.Equal(t, test.want, got)
		})
	}
}

func TestParseTimestampRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"":                         "the timestamp is missing",
		"yesterday":                `"yesterday" is no timestamp: give RFC 3339`,
		"2015-13-10 14:24:00":      "give RFC 3339",
		"NaN":                      "give RFC 3339",
		"Inf":                      "outside the years 1678 to 2262",
		"0x10":                     "give RFC 3339",
		"9999-01-01":               "outside the years 1678 to 2262",
		"9223372036854775808":      "outside the years 1678 to 2262",
		"1e-999999999999999999999": "",
	} {
		_, err := pointfile.ParseTimestamp(text, pointfile.UnitAuto, time.UTC)
		if want == "" {
			require.NoError(t, err, text)
			continue
		}
		require.ErrorContains(t, err, want, text)
	}
}

// A number stays in its unit from 1973 on, which is also where the service
// begins to take nanoseconds.
func TestTheUnitIsToldByTheSize(t *testing.T) {
	at := time.Date(1973, 3, 3, 9, 46, 40, 0, time.UTC)
	for text, unit := range map[string]string{
		"100000000": "s", "100000000000": "ms", "100000000000000": "us", "100000000000000000": "ns",
	} {
		got, err := pointfile.ParseTimestamp(text, pointfile.UnitAuto, time.UTC)
		require.NoError(t, err)
		require.Equal(t, at.UnixNano(), got, unit)
	}
}

func TestParseUnit(t *testing.T) {
	for text, want := range map[string]pointfile.Unit{
		"": pointfile.UnitAuto, "auto": pointfile.UnitAuto, "s": pointfile.UnitSeconds, "ms": pointfile.UnitMilliseconds,
		"us": pointfile.UnitMicroseconds, "µs": pointfile.UnitMicroseconds, "ns": pointfile.UnitNanoseconds,
	} {
		got, err := pointfile.ParseUnit(text)
		require.NoError(t, err)
		require.Equal(t, want, got, text)
	}
	_, err := pointfile.ParseUnit("hours")
	require.ErrorContains(t, err, "give auto, s, ms, us or ns")
}

func FuzzParseTimestamp(f *testing.F) {
	for _, text := range []string{"2015-07-10T14:24:00Z", "1436538240.5", "-1e300", "1e-999", "2015-07-10 14:24:00,5", "9223372036854775807"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		got, err := pointfile.ParseTimestamp(text, pointfile.UnitAuto, time.UTC)
		if err != nil {
			return
		}
		// What was read is read again from its RFC 3339 form.
		again, err := pointfile.ParseTimestamp(time.Unix(0, got).UTC().Format(time.RFC3339Nano), pointfile.UnitAuto, time.UTC)
		if year := time.Unix(0, got).UTC().Year(); year < 1678 || year > 2261 {
			return
		}
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}
