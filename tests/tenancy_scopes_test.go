package tests

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
)

// neededScopes says again what each method needs, by its name: a change of the
// services' table has to be made here too.
var neededScopes = map[string]string{
	"UploadFile": "files:write", "GetUpload": "files:write", "WatchUpload": "files:write", "ListUploads": "files:write",
	"AbortUpload": "files:write", "UpdateFile": "files:write", "CopyFile": "files:read files:write",
	"GetFile": "files:read", "ListFiles": "files:read", "DownloadFile": "files:read", "VerifyFile": "files:read",
	"DeleteFile":           "files:delete",
	"ListQuarantinedFiles": "files:quarantine", "ReleaseQuarantinedFile": "files:quarantine",
	"DeleteQuarantinedFile": "files:quarantine",

	"CollectDataPoints": "points:write", "DataCollectionService/GetPosition": "points:write",
	"DataCollectionService/WatchPosition": "points:write",
	"QueryDataPoints":                     "points:read", "GetStatistics": "points:read", "ListSeries": "points:read",
	"DeleteDataPoints": "points:delete",

	"CollectLogs": "logs:write", "LogAggregationService/GetPosition": "logs:write", "LogAggregationService/WatchPosition": "logs:write",
	"SearchLogs": "logs:read", "GetLogStatistics": "logs:read", "TailLogs": "logs:read", "DeleteLogs": "logs:delete",
	"FlushLogs": "logs:admin", "TestRules": "logs:admin",

	"ListStreams": "streams:read", "GetStream": "streams:read", "WatchStreams": "streams:read", "CancelStream": "streams:admin",
	"GetUsage": "usage:read",
}

// needed are the scopes of a method.
func needed(t *testing.T, r rpc) []principal.Scope {
	t.Helper()
	text, ok := neededScopes[string(r.Name())]
	if !ok {
		text, ok = neededScopes[string(r.Parent().Name())+"/"+string(r.Name())]
	}
	require.True(t, ok, "%s is not in the test's table: say which scopes it needs", r.path())
	var scopes []principal.Scope
	for name := range strings.FieldsSeq(text) {
		scopes = append(scopes, principal.Scope(name))
	}
	return scopes
}

// TestEachRPCNeedsItsScopesAndNoOther makes each call with keys that lack one
// scope each, and with keys that have just what it needs.
func TestEachRPCNeedsItsScopesAndNoOther(t *testing.T) {
	for _, service := range services {
		t.Run(service, func(t *testing.T) {
			s := startTenancy(t, service, scopedKeys(t, service))
			for _, r := range schemaRPCs() {
				if r.servedBy(service) {
					t.Run(string(r.Name()), func(t *testing.T) { testScopes(t, s, r) })
				}
			}
		})
	}
}

// scopedKeys are keys without one scope, named by it, and keys with what a method
// needs, named by the method.
func scopedKeys(t *testing.T, service string) map[string]apikey.Key {
	t.Helper()
	keys := map[string]apikey.Key{}
	for _, lacking := range principal.Scopes()[1:] {
		others := slices.DeleteFunc(principal.Scopes()[1:], func(s principal.Scope) bool { return s == lacking })
		keys[string(lacking)] = apikey.Key{Tenant: "scoped", Subject: "s", Scopes: others}
	}
	for _, r := range schemaRPCs() {
		if r.servedBy(service) {
			keys[r.path()] = apikey.Key{Tenant: "scoped", Subject: "s", Scopes: needed(t, r)}
		}
	}
	return keys
}

func testScopes(t *testing.T, s *tenancy, r rpc) {
	t.Helper()
	ctx := bounded(t)
	for _, lacking := range needed(t, r) {
		err := tryScope(ctx, t, s, r, string(lacking))
		refused := requireRefused(t, err, codes.PermissionDenied, "PERMISSION_DENIED")
		require.Contains(t, refused.text, string(lacking))
		require.NotContains(t, strings.Replace(refused.text, string(lacking), "", 1), ":", "it names no other scope")
	}
	require.NotEqual(t, codes.PermissionDenied, refusalOf(tryScope(ctx, t, s, r, r.path())).code, "it has what it needs")
}

// tryScope calls a method with a key, and with names of nothing.
func tryScope(ctx context.Context, t *testing.T, s *tenancy, r rpc, key string) error {
	t.Helper()
	id := uuid.NewString()
	names := workNames{file: id, fileName: "a.txt", upload: id, producer: id, stream: id, item: "a"}
	o := r.call(ctx, s.as(t, key), foreignCalls()[r.path()][0].of(names))
	require.NotErrorIs(t, ctx.Err(), context.DeadlineExceeded)
	return o.err
}
