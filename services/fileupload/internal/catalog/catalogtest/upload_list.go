package catalogtest

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

var uploadListContracts = []contract{
	{"uploads are listed in pages, newest first", pagesUploads},
	{"uploads are listed by status", listsByStatus},
	{"uploads of one subject are listed", listsOneSubject},
}

// creations are moments that many things share, in the order of no list.
var creations = []int{3, 1, 3, 2, 3, 1, 3, 2, 9, 3}

func pagesUploads(t *testing.T, open Opener) {
	catalog := open(t)
	for i, second := range creations {
		upload := receiving(fmt.Sprintf("u%d", i))
		upload.CreatedAt = at(second)
		create(t, catalog, upload)
	}
	want := []string{"u8", "u9", "u6", "u4", "u2", "u0", "u7", "u3", "u5", "u1"}
	for limit := 1; limit <= len(want)+1; limit++ {
		require.Equal(t, want, uploadPages(t, catalog, limit), "pages of %d", limit)
	}
}

func uploadPages(t *testing.T, catalog core.Catalog, limit int) []string {
	t.Helper()
	var ids []string
	query := core.UploadQuery{Tenant: "acme", Subject: "ann", Limit: limit}
	for {
		page, err := catalog.ListUploads(t.Context(), query)
		require.NoError(t, err)
		require.LessOrEqual(t, len(page), limit)
		if len(page) == 0 {
			return ids
		}
		for _, upload := range page {
			ids = append(ids, upload.UploadID)
		}
		last := page[len(page)-1]
		query.After = core.Page{Before: last.CreatedAt, BeforeID: last.UploadID}
	}
}

func listsByStatus(t *testing.T, open Opener) {
	catalog := open(t)
	a, b, c := receiving("a"), receiving("b"), receiving("c")
	create(t, catalog, a, b, c)
	done, _ := completeRegistered(t, catalog, b)
	require.NoError(t, catalog.AbortUpload(t.Context(), c.UploadKey, at(2), at(3)))

	for _, test := range []struct {
		statuses []core.Status
		want     []string
	}{
		{nil, []string{"c", "b", "a"}},
		{[]core.Status{}, []string{"c", "b", "a"}},
		{[]core.Status{core.Receiving}, []string{"a"}},
		{[]core.Status{core.Available}, []string{"b"}},
		{[]core.Status{core.Aborted, core.Receiving}, []string{"c", "a"}},
		{[]core.Status{core.Verifying}, nil},
	} {
		query := core.UploadQuery{Tenant: "acme", Subject: "ann", Statuses: test.statuses, Limit: 10}
		found, err := catalog.ListUploads(t.Context(), query)
		require.NoError(t, err)
		require.Equal(t, test.want, uploadIDs(found), "%v", test.statuses)
	}
	query := core.UploadQuery{Tenant: "acme", Subject: "ann", Statuses: []core.Status{core.Available}, Limit: 10}
	found, err := catalog.ListUploads(t.Context(), query)
	require.NoError(t, err)
	require.Equal(t, []core.Upload{done}, found, "a listed upload is whole")
}

func listsOneSubject(t *testing.T, open Opener) {
	catalog, anns, bobs, others := open(t), receiving("a"), receiving("b"), receiving("c")
	bobs.Subject, others.Tenant = "bob", "other"
	create(t, catalog, anns, bobs, others)
	for _, want := range []core.Upload{anns, bobs, others} {
		query := core.UploadQuery{Tenant: want.Tenant, Subject: want.Subject, Limit: 10}
		found, err := catalog.ListUploads(t.Context(), query)
		require.NoError(t, err)
		require.Equal(t, []core.Upload{want}, found)
	}
	found, err := catalog.ListUploads(t.Context(), core.UploadQuery{Tenant: "acme", Subject: "nobody", Limit: 10})
	require.NoError(t, err)
	require.Empty(t, found)
}

func uploadIDs(uploads []core.Upload) []string {
	var ids []string
	for _, upload := range uploads {
		ids = append(ids, upload.UploadID)
	}
	return ids
}
