package s3_test

import (
	"testing"

	"github.com/sluice-ingest/sluice/libs/testkit/s3server"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/storetest"
)

func TestConformance(t *testing.T) {
	server := s3server.Start(t)
	storetest.Run(t, func(t *testing.T) storetest.Opener {
		t.Helper()
		c, all := configFor(server.Addr), newReplicas()
		return func(t *testing.T) core.Store {
			t.Helper()
			return all.open(t, c)
		}
	}, storetest.Unreadable, storetest.Proven)
}
