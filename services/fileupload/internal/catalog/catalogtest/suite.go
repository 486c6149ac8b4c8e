// Package catalogtest is the suite that every [core.Catalog] has to pass.
package catalogtest

import (
	"testing"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Opener opens one and the same catalog each time it is called, and closes it
// when the test ends.
type Opener func(t *testing.T) core.Catalog

// Run runs the suite. The function place makes an empty catalog for each test
// and returns what opens it.
func Run(t *testing.T, place func(t *testing.T) Opener) {
	t.Helper()
	for _, group := range [][]contract{
		uploadContracts, fencingContracts, completionContracts, sharingContracts, uploadListContracts,
		fileContracts, fileListContracts, contentContracts, deletionContracts, quarantineContracts, verificationContracts,
		expiryContracts, sharedContracts, raceContracts, unwantedContracts, namesContracts, usageContracts, tenantContracts,
	} {
		for _, c := range group {
			t.Run(c.name, func(t *testing.T) {
				c.check(t, place(t))
			})
		}
	}
}

// contract is one promise of the interface.
type contract struct {
	name  string
	check func(t *testing.T, open Opener)
}
