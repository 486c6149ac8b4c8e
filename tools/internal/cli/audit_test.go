package cli_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/audit/chain"
)

// auditLog writes a log of four events and returns its path and lines, and the
// head behind each.
func auditLog(t *testing.T) (path string, lines [][]byte, heads []chain.Head) {
	t.Helper()
	at := time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)
	events := []chain.Event{
		{Action: "service.started", Outcome: chain.OK, Resource: map[string]string{"version": "1"}},
		{
			Action: "file.delete", Outcome: chain.OK, Tenant: "acme", Subject: "backup", Peer: "192.0.2.1:50123",
			Resource: map[string]string{"file_id": "7f0c2c86-0f3e-4d0c-9d52-0d3f9a3c7a11"},
		},
		{Action: "file.get", Outcome: chain.Refused, Reason: "CREDENTIALS_INVALID", Peer: "192.0.2.7", Repeats: 1234},
		{Action: "points.delete", Outcome: chain.OK, Tenant: "umbrella", Subject: "ops", Counts: map[string]int64{"deleted_count": 5}},
	}
	var head chain.Head
	for i, e := range events {
		e.Service, e.Time = "fileupload", at.Add(time.Duration(i)*time.Hour)
		line, err := head.Append(nil, e)
		require.NoError(t, err)
		lines, heads = append(lines, line), append(heads, head)
	}
	path = filepath.Join(t.TempDir(), "audit.jsonl")
	write(t, path, lines...)
	return path, lines, heads
}

func write(t *testing.T, path string, lines ...[]byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, bytes.Join(lines, nil), 0o600))
}

func TestAuditVerifyTellsThatAChainIsIntact(t *testing.T) {
	path, _, heads := auditLog(t)
	got := sluice(t, "audit", "verify", path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `lines that hold  4
sequences        1 to 4
head             `+heads[3].Hash.String()+`
chain            intact; give --head to find out whether its end was cut off
`, got.stdout)

	got = sluice(t, "audit", "verify", "--json", "--head", heads[1].Hash.String(), path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, []map[string]any{{
		"intact": true, "events": 4.0, "first": 1.0,
		"head": map[string]any{"sequence": 4.0, "hash": heads[3].Hash.String()},
	}}, got.objects(t))
}

func TestAuditVerifyReadsTheFilesOfALogInOrder(t *testing.T) {
	path, lines, _ := auditLog(t)
	older := path + ".00000000000000000001"
	write(t, older, lines[:2]...)
	write(t, path, lines[2:]...)
	require.Equal(t, 0, sluice(t, "audit", "verify", older, path).code)

	got := sluice(t, "audit", "verify", path)
	require.Equal(t, 0, got.code)
	require.Contains(t, got.stdout, "3 to 4; the lines before are in older files, or were removed")
	got = sluice(t, "audit", "verify", path, older)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "the files are not in order")
}

func TestAuditVerifyTellsWhereAChainIsBroken(t *testing.T) {
	tests := map[string]struct {
		change func(lines [][]byte) [][]byte
		line   float64
		cause  string
	}{
		"changed": {func(l [][]byte) [][]byte {
			return [][]byte{l[0], bytes.Replace(l[1], []byte("acme"), []byte("evil"), 1), l[2]}
		}, 2, "changed"},
		"removed":    {func(l [][]byte) [][]byte { return [][]byte{l[0], l[1], l[3]} }, 3, "missing"},
		"swapped":    {func(l [][]byte) [][]byte { return [][]byte{l[0], l[2], l[1], l[3]} }, 2, "missing"},
		"repeated":   {func(l [][]byte) [][]byte { return [][]byte{l[0], l[1], l[1]} }, 3, "out_of_order"},
		"unfinished": {func(l [][]byte) [][]byte { return [][]byte{l[0], l[1][:9]} }, 2, "unfinished"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			path, lines, _ := auditLog(t)
			write(t, path, test.change(lines)...)
			got := sluice(t, "audit", "verify", path)
			require.Equal(t, 1, got.code)
			require.Contains(t, got.stdout, "broken")
			require.Contains(t, got.stderr, "the chain is broken at line")

			got = sluice(t, "audit", "verify", "--json", path)
			require.Equal(t, 1, got.code)
			objects := got.objects(t)
			require.Len(t, objects, 1)
			require.Equal(t, false, objects[0]["intact"])
			broken := objects[0]["break"].(map[string]any)
			require.InDelta(t, test.line, broken["line"], 0)
			require.Equal(t, test.cause, broken["cause"])
			require.Equal(t, path, broken["file"])
		})
	}
}

func TestAuditVerifyMissesAnEndThatWasCutOff(t *testing.T) {
	path, lines, heads := auditLog(t)
	write(t, path, lines[:2]...)
	require.Equal(t, 0, sluice(t, "audit", "verify", path).code, "the file alone does not tell")
	got := sluice(t, "audit", "verify", "--head", heads[3].Hash.String(), path)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "the end was cut off or written anew")
}

func TestAuditShowListsAndFilters(t *testing.T) {
	path, _, _ := auditLog(t)
	got := sluice(t, "audit", "show", path)
	require.Equal(t, 0, got.code, got.stderr)
	require.Equal(t, `SEQUENCE  TIME                         ACTION           OUTCOME                             TENANT    SUBJECT  PEER             OF
1         2026-11-22 10:00:00.000 UTC  service.started  ok                                  -         -        -                version=1
2         2026-11-22 11:00:00.000 UTC  file.delete      ok                                  acme      backup   192.0.2.1:50123  file_id=7f0c2c86-0f3e-4d0c-9d52-0d3f9a3c7a11
3         2026-11-22 12:00:00.000 UTC  file.get         refused CREDENTIALS_INVALID ×1,234  -         -        192.0.2.7        
4         2026-11-22 13:00:00.000 UTC  points.delete    ok                                  umbrella  ops      -                deleted_count=5
`, got.stdout)
	tests := map[string][]string{
		"2\n":       {"--tenant", "acme"},
		"4\n":       {"--action", "points.delete"},
		"2\n3\n":    {"--action", "file.*"},
		"3\n":       {"--outcome", "refused,failed"},
		"3\n4\n":    {"--since", "-30m"},
		"2\n3\n4\n": {"--since", "2026-11-22T11:00:00Z"},
		"":          {"--action", "file"},
	}
	for want, args := range tests {
		got := sluice(t, append([]string{"audit", "show", "-q", path}, args...)...)
		require.Equal(t, 0, got.code, got.stderr)
		require.Equal(t, want, got.stdout, args)
	}
	objects := sluice(t, "audit", "show", "--json", "--tenant", "acme", path).objects(t)
	require.Len(t, objects, 1)
	require.Equal(t, "file.delete", objects[0]["action"])
}

func TestAuditShowStopsAtABreak(t *testing.T) {
	path, lines, _ := auditLog(t)
	write(t, path, lines[0], lines[1], lines[3])
	got := sluice(t, "audit", "show", "-q", path)
	require.Equal(t, 1, got.code)
	require.Equal(t, "1\n2\n", got.stdout)
	require.Contains(t, got.stderr, "broken at line 3")
}

func TestAuditMistakesOnTheCommandLine(t *testing.T) {
	path, _, _ := auditLog(t)
	tests := map[string]struct {
		args []string
		code int
		want string
	}{
		"no file":         {[]string{"verify"}, 2, "at least one FILE"},
		"no such file":    {[]string{"verify", path + "x"}, 1, "no such file"},
		"no hash":         {[]string{"verify", "--head", "xyz", path}, 2, "64 hexadecimal digits"},
		"no time":         {[]string{"show", "--since", "soon", path}, 2, "--since"},
		"no outcome":      {[]string{"show", "--outcome", "good", path}, 2, "use ok, refused or failed"},
		"a server's flag": {[]string{"show", "--addr", "x:1", path}, 2, "--addr means nothing"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append([]string{"audit"}, test.args...)...)
			require.Equal(t, test.code, got.code)
			require.Contains(t, got.stderr, test.want)
		})
	}
}
