package cli_test

import (
	"context"
	"net"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

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
		"a negative limit":       {[]string{"files", "list", "--limit", "-1"}, "--limit -1"},
		"a key for nobody":       {[]string{"keys", "create", "--tenant", "t"}, "give --subject"},
		"a key for no time":      {[]string{"keys", "create", "--tenant", "t", "--subject", "s", "--expires", "soon"}, `"soon" is no time`},
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
		require.Contains(t, got.stderr, "nothing answers at "+addr+"; start the server with `task up` or give --addr", args)
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

func TestATimeLimitExitsWith1AndSaysSo(t *testing.T) {
	server := fakeserver.Start(t)
	server.Refuse = func(string) error {
		return fakeserver.Problem(codes.Unavailable, "DRAINING", "", "later")
	}
	got := sluice(t, "upload", writeFile(t, "a.txt", "a"), "--addr", server.Addr, "--timeout", "300ms")
	require.Equal(t, 1, got.code)
	require.Contains(t, got.stderr, "not done within --timeout 300ms")
}

// freeAddr is an address that nothing listens at.
func freeAddr(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}
