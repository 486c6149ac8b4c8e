package tests

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
)

func TestEveryTextFieldOfEveryRPCIsTried(t *testing.T) {
	tried := map[string]int{}
	for _, service := range services {
		for _, writing := range []bool{true, false} {
			for _, a := range attempts(service, writing) {
				tried[a.rpc.path()+" "+a.field.String()]++
			}
		}
	}
	for _, r := range schemaRPCs() {
		for _, field := range textFields(r.Input()) {
			require.GreaterOrEqual(t, tried[r.path()+" "+field.String()], 200, "%s %s", r.path(), field)
		}
	}
	t.Logf("%d fields", len(tried))
}

// TestPayloadsAreStoredAsTextOrRefused brings every payload in every text field
// of every RPC, and looks at what became of each and of the service.
func TestPayloadsAreStoredAsTextOrRefused(t *testing.T) {
	for _, service := range services {
		t.Run(service, func(t *testing.T) { testPayloads(t, service) })
	}
}

func testPayloads(t *testing.T, service string) {
	t.Helper()
	ctx := bounded(t)
	parent, audit := t.TempDir(), filepath.Join(t.TempDir(), "audit.log")
	h := &hostile{service: service, dataDir: filepath.Join(parent, "data")}
	h.Process = launchService(t, service, h.dataDir,
		"--limits-address-calls-per-second", "0", "--log-level", "debug", "--audit-file", audit, "--audit-reads")
	h.connect(ctx, t)
	metrics := adminPage(ctx, t, h.AdminAddr, "/metrics")

	var stored func(context.Context, *grpc.ClientConn, attempt, outcome) string
	if service == "fileupload" {
		stored = storedFile
	}
	began := time.Now()
	written := h.run(ctx, t, attempts(service, true), stored)
	h.requireStored(ctx, t, written.accepted)
	h.run(ctx, t, attempts(service, false), nil)
	t.Logf("it took %v", time.Since(began))
	h.requireStored(ctx, t, written.accepted)
	h.connect(ctx, t)

	requireCleanMetrics(t, metrics, adminPage(ctx, t, h.AdminAddr, "/metrics"))
	require.NoError(t, h.Terminate(30*time.Second))
	requireNoFiles(t, parent)
	requireCleanLines(t, "the log", h.Logs())
	audited, err := os.ReadFile(audit)
	require.NoError(t, err)
	requireCleanLines(t, "the audit log", string(audited))
}

// requireStored wants what was accepted to be there, exactly. Files were looked at
// one by one.
func (h *hostile) requireStored(ctx context.Context, t *testing.T, accepted []attempt) {
	t.Helper()
	of := func(method string) (some []attempt) {
		for _, a := range accepted {
			if string(a.rpc.Name()) == method {
				some = append(some, a)
			}
		}
		return some
	}
	switch h.service {
	case "collector":
		storedPoints(ctx, t, h, of("CollectDataPoints"))
	case "logagg":
		storedLogs(ctx, t, h, of("CollectLogs"))
	}
}
