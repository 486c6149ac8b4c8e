package fsck_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/fsck"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// wrongCatalog tells another usage than the sum, so often.
type wrongCatalog struct {
	core.Catalog

	times int
	// moves makes the usage another each time.
	moves bool
	asked int64
}

func (c *wrongCatalog) Usage(ctx context.Context, tenant string) (core.Usage, error) {
	usage, err := c.Catalog.Usage(ctx, tenant)
	c.asked++
	if c.times > 0 {
		c.times--
		usage.Bytes++
		if c.moves {
			usage.Bytes += c.asked
		}
	}
	return usage, err
}

func TestAUsageThatIsNotTheSumIsAProblem(t *testing.T) {
	s := open(t)
	s.file(t, "acme", "one")
	s.receiving(t, "acme", newID(), 0)
	for name, test := range map[string]struct {
		times int
		moves bool
		grace time.Duration
		wrong int64
		busy  int
	}{
		"alone":                         {times: 2, wrong: 1},
		"beside others, for good":       {times: 100, grace: time.Hour, wrong: 1},
		"beside others, for a while":    {times: 2, grace: time.Hour},
		"beside others, always another": {times: 100, moves: true, grace: time.Hour, busy: 1},
	} {
		t.Run(name, func(t *testing.T) {
			place := s.place()
			place.Catalog, place.Grace = &wrongCatalog{Catalog: s.catalog, times: test.times, moves: test.moves}, test.grace
			report, err := fsck.Examine(t.Context(), place, false)
			require.NoError(t, err)
			require.Equal(t, test.wrong, report.ProblemCount)
			require.Equal(t, test.busy, report.BusyTenants)
			if test.wrong > 0 {
				require.Equal(t, fsck.WrongUsage, report.Problems[0].Kind)
				require.Equal(t, "the usage is 1 files of 4 bytes and 1 reserved of 1000 bytes; the sum is 1 files of 3 bytes and 1 reserved of 1000 bytes",
					report.Problems[0].Detail)
			}
		})
	}
}

// A tenant's usage stays when all that it had is gone.
func TestAUsageOfNothingIsAProblem(t *testing.T) {
	s := open(t)
	file := s.file(t, "emptied", "one")
	end := core.End{At: time.Now(), ExpiresAt: time.Now().Add(time.Hour)}
	orphan, err := s.catalog.DeleteFile(t.Context(), file.Tenant, file.ID, core.FileAvailable, end)
	require.NoError(t, err)
	require.NoError(t, s.store.Discard(t.Context(), orphan))
	require.True(t, s.examine(t, false).Sound)

	place := s.place()
	place.Catalog = &wrongCatalog{Catalog: s.catalog, times: 2}
	report, err := fsck.Examine(t.Context(), place, false)
	require.NoError(t, err)
	require.EqualValues(t, 1, report.ProblemCount)
	require.Equal(t, "emptied", report.Problems[0].Tenant)
	require.Equal(t, fsck.WrongUsage, report.Problems[0].Kind)
}
