package tests

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
)

func TestAttackUnary(t *testing.T) {
	i := newIssuer(t)
	s := startServer(t, append(i.args(t), "--memory-budget", "128MiB", "--streams-idle-timeout", "3s")...)
	part := grpcMessage(false, 1<<20, make([]byte, 256<<10))
	ended := 0
	var as []*attacker
	for range 2 {
		a := attack(t, s.Addr, 1000)
		as = append(as, a)
		for range 1000 {
			id, err := a.open(fileuploadv1.FileUploadService_GetFile_FullMethodName, false)
			require.NoError(t, err)
			require.NoError(t, a.data(id, false, part))
		}
	}
	time.Sleep(8 * time.Second)
	for _, a := range as {
		ended += len(a.ends)
	}
	t.Log("ended", ended)
	s.requireRSS(t, 256<<20)
}
