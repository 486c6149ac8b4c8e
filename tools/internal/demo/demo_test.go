package demo_test

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/binary"
	"github.com/sluice-ingest/sluice/tools/internal/demo"
	"github.com/sluice-ingest/sluice/tools/internal/fakeserver"
)

// lax has the test binary, run again as a child, play a service that refuses
// nothing.
const lax = "SLUICE_TEST_LAX"

func TestMain(m *testing.M) {
	if os.Getenv(lax) == "" {
		os.Exit(m.Run())
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(os.Stderr, `{"msg":"serving","grpc":%q}`+"\n", listener.Addr())
	panic(fakeserver.New().GRPC().Serve(listener))
}

func TestDemoGoesAsExpectedAndLeavesNothingBehind(t *testing.T) {
	executable := build(t)
	t.Setenv("TMPDIR", t.TempDir())
	var out bytes.Buffer
	err := demo.Run(t.Context(), demo.Config{Executable: executable, Out: &out, Now: time.Now})
	require.NoError(t, err, out.String())
	for _, line := range []string{
		"refused: INVALID_ARGUMENT, SIZE_LIMIT_EXCEEDED",
		"refused: INVALID_ARGUMENT, NAME_INVALID",
		"200 MB stored, resumed at ",
		"200 MB came back equal",
		"All 7 steps went as expected",
	} {
		require.Contains(t, out.String(), line)
	}
	require.NotContains(t, out.String(), "\x1b", "no escape sequences without a terminal")
	requireEmpty(t, os.Getenv("TMPDIR"))
}

func TestDemoFailsWithAServiceThatRefusesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv(lax, "1")
	var out bytes.Buffer
	err := demo.Run(t.Context(), demo.Config{Executable: os.Args[0], Out: &out, Now: time.Now, Colour: true})
	require.ErrorContains(t, err, "step 4")
	require.ErrorContains(t, err, "it must be refused with SIZE_LIMIT_EXCEEDED")
	require.Contains(t, out.String(), "\x1b[31mFAILED")
	require.NotContains(t, out.String(), "as expected")
	requireEmpty(t, os.Getenv("TMPDIR"))
}

// build compiles the service as it is in the checkout.
func build(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	require.NoError(t, err)
	root, ok := binary.Checkout(dir)
	require.True(t, ok)
	path := filepath.Join(t.TempDir(), "sluice-fileupload")
	cmd := exec.CommandContext(t.Context(), "go", "build", "-o", path, "./cmd/sluice-fileupload")
	cmd.Dir = filepath.Join(root, "services", "fileupload")
	cmd.Env = append(os.Environ(), "GOWORK=off")
	output, err := cmd.CombinedOutput()
	require.NoError(t, err, strings.TrimSpace(string(output)))
	return path
}

func requireEmpty(t *testing.T, dir string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Empty(t, entries)
}
