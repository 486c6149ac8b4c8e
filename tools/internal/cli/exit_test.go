package cli_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/tools/internal/cli"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

func TestUsageErrorsExitWith2AndSayWhatIsWanted(t *testing.T) {
	file := writeFile(t, "a.txt", "a")
	tests := map[string]struct {
		args []string
		want string
	}{
		"no such command":        {[]string{"uplod"}, "has no command \"uplod\"; did you mean upload"},
		"no such command below":  {[]string{"files", "remove"}, "`sluice files` has no command \"remove\""},
		"no such flag":           {[]string{"upload", "--fast", file}, "unknown flag: --fast"},
		"missing argument":       {[]string{"download"}, "`sluice download` wants one FILE_ID"},
		"a flag with no meaning": {[]string{"keys", "list", "--addr", "x"}, "--addr means nothing to `sluice keys list`"},
		"contradicting security": {[]string{"files", "list", "--tls", "--plaintext"}, "--plaintext contradicts"},
		"a CA that is not there": {[]string{"files", "list", "--tls-ca", "gone.pem"}, "gone.pem"},
		"a CA that is none":      {[]string{"files", "list", "--tls-ca", file}, "no certificate in PEM form"},
		"a path that is gone":    {[]string{"upload", "gone.txt"}, "cannot upload gone.txt"},
		"no files":               {[]string{"upload", t.TempDir()}, "there are no files to upload"},
		"no concurrency":         {[]string{"upload", "-c", "0", file}, "--concurrency 0"},
		"negative retries":       {[]string{"upload", "--retries", "-1", file}, "--retries -1"},
		"no rate":                {[]string{"upload", "--limit-rate", "fast", file}, "--limit-rate"},
		"a rate of nothing":      {[]string{"upload", "--limit-rate", "0", file}, "would send nothing"},
		"no metadata":            {[]string{"upload", "--metadata", "key", file}, "is not key=value"},
		"metadata twice":         {[]string{"upload", "--metadata", "a=1", "--metadata", "a=2", file}, `"a" twice`},
		"two names for an id":    {[]string{"upload", "--new", "--upload-id", "x", file}, "--new contradicts"},
		"a name for two files":   {[]string{"upload", "--name", "x", file, writeFile(t, "b.txt", "b")}, "fit a single file"},
		"input without a name":   {[]string{"upload", "-"}, "give --name"},
		"input among files":      {[]string{"upload", "-", file}, "run two commands"},
		"input is sent once":     {[]string{"upload", "-", "--name", "a", "--retries", "2"}, "--retries means nothing for standard input"},
		"output twice":           {[]string{"download", "x", "-o", "-", "--json"}, "give one of them"},
		"an address of the web":  {[]string{"files", "list", "--addr", "http://127.0.0.1:7070"}, "give host:port"},
		"an address, no port":    {[]string{"upload", "--addr", "127.0.0.1", file}, "is not host:port"},
		"a negative time limit":  {[]string{"files", "list", "--timeout", "-1s"}, "--timeout -1s is negative"},
		"a negative limit":       {[]string{"files", "list", "--limit", "-1"}, "--limit -1"},
		"a key for nobody":       {[]string{"keys", "create", "--scopes", "all", "--tenant", "t"}, "give --subject"},
		"a key for no time":      {[]string{"keys", "create", "--scopes", "all", "--tenant", "t", "--subject", "s", "--expires", "soon"}, `"soon" is no time`},
		"a bench of nothing":     {[]string{"bench", "upload", "--files", "0"}, "must be 1 or more"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, test.args...)
			require.Equal(t, 2, got.code, got.stderr)
			require.Contains(t, got.stderr, test.want)
			require.Empty(t, got.stdout)
		})
	}
}

func TestNobodyAnsweringExitsWith3AndSaysWhatToDo(t *testing.T) {
	addr := freeAddr(t)
	file := writeFile(t, "a.txt", "a")
	for _, args := range [][]string{{"files", "list"}, {"upload", file}, {"streams", "watch"}, {"files", "delete", "x"}} {
		got := sluice(t, append(args, "--addr", addr)...)
		require.Equal(t, 3, got.code, args)
		require.Contains(t, got.stderr, "nothing answers at "+addr+"; start a server with `bin/sluice-fileupload`", args)
	}
}

func TestTheAddressAndTheKeyComeFromTheEnvironment(t *testing.T) {
	server := fakeserver.Start(t)
	server.Key = "slk_right"
	around := environment{variables: map[string]string{"SLUICE_ADDR": server.Addr, "SLUICE_API_KEY": "slk_right"}}
	got := sluiceWith(t, t.Context(), around, "files", "list")
	require.Equal(t, 0, got.code, got.stderr)

	got = sluiceWith(t, t.Context(), around, "files", "list", "--api-key", "slk_wrong")
	require.Equal(t, 3, got.code, "the flag wins")
	require.Contains(t, got.stderr, "CREDENTIALS_INVALID")
}

func TestMissingCredentialsExitWith3AndSayHowToGiveThem(t *testing.T) {
	server := fakeserver.Start(t)
	server.Key = "slk_right"
	got := sluice(t, "upload", writeFile(t, "a.txt", "a"), "--addr", server.Addr)
	require.Equal(t, 3, got.code)
	require.Contains(t, got.stderr, "CREDENTIALS_MISSING")
	require.Contains(t, got.stderr, "SLUICE_API_KEY")
}

func TestARefusalExitsWith1(t *testing.T) {
	server := fakeserver.Start(t)
	server.Refuse = func(name string) error {
		if name == "b.exe" {
			return fakeserver.Problem(codes.InvalidArgument, "TYPE_NOT_ALLOWED", "file_name", "extension .exe is not taken")
		}
		return nil
	}
	got := sluice(t, "upload", writeFile(t, "a.txt", "a"), writeFile(t, "b.exe", "b"), "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Len(t, server.Files(), 1, "the other file is stored all the same")

	got = sluice(t, "files", "show", "nothing", "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Equal(t, "sluice: FILE_NOT_FOUND: there is no such file\n", got.stderr)
}

func TestAnInterruptExitsWith130(t *testing.T) {
	server := fakeserver.Start(t)
	ctx, cancel := context.WithCancel(t.Context())
	server.Refuse = func(string) error {
		cancel()
		<-ctx.Done()
		return fakeserver.Problem(codes.Unavailable, "DRAINING", "", "bye")
	}
	got := sluiceWith(t, ctx, environment{}, "upload", writeFile(t, "a.txt", "a"), "--addr", server.Addr)
	require.Equal(t, 130, got.code)
	require.Contains(t, got.stderr, "run the same command again to go on")
}

// A terminal shows ^C where the cursor is; what is drawn over it must not begin
// behind it.
func TestAnInterruptClearsTheLineOfATerminal(t *testing.T) {
	server := fakeserver.Start(t)
	for _, terminal := range []bool{true, false} {
		ctx, cancel := context.WithCancel(t.Context())
		server.Refuse = func(string) error {
			cancel()
			return fakeserver.Problem(codes.Unavailable, "DRAINING", "", "bye")
		}
		var stderr lockedBuffer
		code := cli.Run(ctx, cli.Env{
			Args: []string{"upload", "-q", "--addr", server.Addr, writeFile(t, "a.txt", "a")}, Stdout: io.Discard, Stderr: &stderr,
			DrawStderr: terminal, Getenv: func(string) string { return "" }, Now: time.Now,
		})
		require.Equal(t, 130, code)
		require.Equal(t, terminal, strings.Contains(stderr.text(), "\r\x1b[K"))
	}
}

// lockedBuffer is a stream that is written to from several goroutines, as a
// file may be.
type lockedBuffer struct {
	mu     sync.Mutex
	buffer bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.Write(p)
}

func (b *lockedBuffer) text() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buffer.String()
}

func TestATimeLimitExitsWith1AndSaysSo(t *testing.T) {
	server := fakeserver.Start(t)
	server.Refuse = func(string) error {
		return fakeserver.Problem(codes.Unavailable, "DRAINING", "", "later")
	}
	got := sluice(t, "upload", writeFile(t, "a.txt", "a"), "--addr", server.Addr, "--timeout", "300ms")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "gave up after 300ms (--timeout); run the same command again to go on")
}

// The next chunk could only go out after the time is over.
func TestATimeLimitThatTheRateCantMeetIsNamed(t *testing.T) {
	server := fakeserver.Start(t)
	got := sluice(t, "upload", "--limit-rate", "1kB", "--timeout", "5s", writeFile(t, "a.txt", strings.Repeat("a", 100_000)), "--addr", server.Addr)
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "gave up after 5s (--timeout)")
}

func TestWhatCantBeResumedIsNotSaidToBe(t *testing.T) {
	for name, args := range map[string][]string{
		"a new upload":   {"--new", writeFile(t, "a.txt", "a")},
		"standard input": {"-", "--name", "a.txt"},
	} {
		t.Run(name, func(t *testing.T) {
			server := fakeserver.Start(t)
			ctx, cancel := context.WithCancel(t.Context())
			server.Refuse = func(string) error {
				cancel()
				return fakeserver.Problem(codes.Unavailable, "DRAINING", "", "bye")
			}
			got := sluiceWith(t, ctx, environment{}, append([]string{"upload", "--addr", server.Addr}, args...)...)
			require.Equal(t, 130, got.code)
			require.Contains(t, got.stderr, "sluice: interrupted\n")
		})
	}
}

func TestADrainIsNoDeadServer(t *testing.T) {
	server := fakeserver.Start(t)
	server.Drain()
	for _, args := range [][]string{{"files", "list"}, {"upload", writeFile(t, "a.txt", "a")}} {
		got := sluice(t, append(args, "--addr", server.Addr)...)
		require.Equal(t, 1, got.code)
		require.Equal(t, "sluice: the server at "+server.Addr+" is shutting down; try again when it is back\n", got.stderr)
	}
}

func TestFailuresAreObjectsWithJSON(t *testing.T) {
	server := fakeserver.Start(t)
	addr := freeAddr(t)
	tests := map[string]struct {
		args []string
		want map[string]any
	}{
		"a refusal": {
			[]string{"files", "show", "x", "--addr", server.Addr},
			map[string]any{"error": map[string]any{
				"code": "NOT_FOUND", "reason": "FILE_NOT_FOUND", "field": "file_id", "message": "FILE_NOT_FOUND: there is no such file",
			}},
		},
		"one of several": {
			[]string{"files", "delete", "x", "--addr", server.Addr},
			map[string]any{"id": "x", "error": map[string]any{
				"code": "NOT_FOUND", "reason": "FILE_NOT_FOUND", "field": "file_id", "message": "FILE_NOT_FOUND: there is no such file",
			}},
		},
		"a dead server": {
			[]string{"upload", writeFile(t, "a.txt", "a"), "--addr", addr},
			map[string]any{"error": map[string]any{
				"code": "UNAVAILABLE", "message": "nothing answers at " + addr + "; " + "start a server with `bin/sluice-fileupload` " +
					"(or `sluice-fileupload` where it is installed), or give the address of one with --addr",
			}},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := sluice(t, append(test.args, "--json")...)
			require.NotZero(t, got.code)
			require.Equal(t, []map[string]any{test.want}, got.objects(t))
		})
	}
}

// freeAddr is an address that nothing listens at.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
