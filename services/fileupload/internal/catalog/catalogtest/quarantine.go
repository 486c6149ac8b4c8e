package catalogtest

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var quarantineContracts = []contract{
	{"an upload is completed to quarantine", quarantinesUpload},
	{"a quarantined file is released with its upload", releasesFile},
	{"only a quarantined file of the tenant is released", refusesRelease},
}

func quarantinesUpload(t *testing.T, open Opener) {
	catalog, upload := open(t), receiving("a")
	create(t, catalog, upload)
	held, file := settled(t, catalog, quarantined(registered(upload, at(5))))
	requireUpload(t, catalog, held)
	requireFile(t, catalog, file)
	requireContent(t, catalog, core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: file.Size}, nil)
	require.ErrorIs(t, catalog.CreateUpload(t.Context(), upload, core.Quota{}), core.ErrExists)
}

func releasesFile(t *testing.T, open Opener) {
	catalog := open(t)
	held, file := settled(t, catalog, quarantined(finished(receiving("a"), at(5))))
	other, _ := settled(t, catalog, quarantined(finished(receiving("b"), at(5))))
	file.Status, file.Quarantine, file.UpdatedAt, file.Scanned = core.FileAvailable, "", at(60), true
	got, err := catalog.ReleaseFile(t.Context(), file.Tenant, file.ID, imprecise(at(60)))
	require.NoError(t, err)
	require.Equal(t, file, got)
	requireFile(t, catalog, file)

	receipt := *held.Receipt
	receipt.Quarantine = ""
	held.Status, held.Receipt, held.UpdatedAt = core.Available, &receipt, at(60)
	requireUpload(t, catalog, held)
	requireUpload(t, catalog, other)
	requireContent(t, catalog, core.ContentQuery{Tenant: "acme", Checksum: file.Checksum, Size: file.Size}, &file)
}

func refusesRelease(t *testing.T, open Opener) {
	catalog := open(t)
	fit, fitFile := complete(t, catalog, receiving("fit"))
	held, heldFile := settled(t, catalog, quarantined(finished(receiving("held"), at(5))))
	for _, key := range [][2]string{{"acme", fitFile.ID}, {"other", heldFile.ID}, {"acme", "missing"}} {
		_, err := catalog.ReleaseFile(t.Context(), key[0], key[1], at(60))
		require.ErrorIs(t, err, core.ErrNotFound)
	}
	requireUpload(t, catalog, fit)
	requireFile(t, catalog, fitFile)
	requireUpload(t, catalog, held)
	requireFile(t, catalog, heldFile)
}
