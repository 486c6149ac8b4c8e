package level_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/logagg/internal/entry"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/level"
)

func TestNamesOfAllLoggersAreKnownInAnyCase(t *testing.T) {
	names := map[entry.Level]string{
		entry.Trace:       "trace TRC trce T finest FINER verbose VRB V silly TRACE2 LEVEL_TRACE",
		entry.Debug:       "debug DBG dbug D fine CONFIG DEBUG1 debug5 LOG_DEBUG LEVEL_DEBUG",
		entry.Info:        "info INF I Information informational notice NOTE n success LOG INFO4 LOG_NOTICE LOG_INFO LEVEL_INFO [info] <info>",
		entry.Warn:        "warn WARNING wrn W WARN3 LOG_WARNING LEVEL_WARN [warn] warning:",
		entry.Error:       "error ERR e severe SEVERE fail ERROR2 LOG_ERR LEVEL_ERROR [ERROR] error:",
		entry.Fatal:       "fatal FTL f critical CRIT crt alert EMERGENCY emerg panic PANIC dpanic FATAL4 LOG_EMERG LEVEL_FATAL",
		entry.Unspecified: "NOTSET none - DEFAULT LEVEL_UNSPECIFIED",
	}
	reader := &level.Reader{}
	for want, list := range names {
		for name := range strings.FieldsSeq(list) {
			for _, text := range []string{name, strings.ToUpper(name), strings.ToLower(name), " " + name + " "} {
				got, ok := reader.Parse(text)
				require.True(t, ok, text)
				require.Equal(t, want, got, text)
			}
		}
	}
}

func TestWhatIsNoLevelIsNotKnown(t *testing.T) {
	reader := &level.Reader{}
	for _, text := range []string{"", " ", "[]", ":", "audit", "errors", "8", "-1", "3.5", "0x3", "1e1", "wärn", "DEBUG6", "warn\x00", strings.Repeat("9", 30), strings.Repeat("e", 300)} {
		got, ok := reader.Parse(text)
		require.False(t, ok, text)
		require.Equal(t, entry.Unspecified, got, text)
	}
}

func TestNumbersAreReadOnTheScale(t *testing.T) {
	tests := map[level.Scale]string{
		level.Syslog: "FFFEWIID",
		level.OTel:   "-TTTTDDDDIIIIWWWWEEEEFFFF",
		level.Python: "-TTTTTTTTTDDDDDDDDDDIIIIIIIIIIWWWWWWWWWWEEEEEEEEEEF",
		level.Pino:   "??????????TTTTTTTTTTDDDDDDDDDDIIIIIIIIIIWWWWWWWWWWEEEEEEEEEEF",
	}
	levels := map[byte]entry.Level{
		'-': entry.Unspecified, 'T': entry.Trace, 'D': entry.Debug, 'I': entry.Info, 'W': entry.Warn, 'E': entry.Error, 'F': entry.Fatal,
	}
	digits := func(n int) string { return strings.TrimLeft(string([]byte{'0' + byte(n/10), '0' + byte(n%10)}), "0") }
	for scale, want := range tests {
		reader := &level.Reader{Numbers: scale}
		for n := range 99 {
			text := digits(n)
			if n == 0 {
				text = "0"
			}
			got, ok := reader.Parse(text)
			known := n < len(want) && want[n] != '?'
			require.Equal(t, known, ok, "%s on %s", text, level.Scales()[scale])
			if known {
				require.Equal(t, levels[want[n]], got, "%s on %s", text, level.Scales()[scale])
			}
		}
	}
}

func TestOwnNamesGoBeforeTheKnown(t *testing.T) {
	reader := &level.Reader{Own: map[string]entry.Level{"audit": entry.Info, "notice": entry.Warn, "7": entry.Fatal}}
	for text, want := range map[string]entry.Level{"AUDIT": entry.Info, "Notice": entry.Warn, "7": entry.Fatal, "6": entry.Info, "error": entry.Error} {
		got, ok := reader.Parse(text)
		require.True(t, ok, text)
		require.Equal(t, want, got, text)
	}
	require.Equal(t, entry.Info, reader.InMessage("[audit] login"))
	require.Equal(t, entry.Warn, reader.InMessage("level=notice msg=x"))
}
