package tests

import (
	"context"
	"testing"

	"github.com/google/uuid"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
)

func TestEveryRPCIsTriedWithSomebodyElsesNames(t *testing.T) {
	calls := foreignCalls()
	require.NotEmpty(t, schemaRPCs())
	for _, r := range schemaRPCs() {
		require.NotEmpty(t, calls[r.path()], "%s is in no table: say what another tenant sees of it", r.path())
		delete(calls, r.path())
	}
	require.Empty(t, calls, "the schema has no such methods")
}

// TestWhatIsSomebodyElsesLooksAbsent makes every call with the names of work that
// is there and isn't the caller's, and again with names of nothing.
func TestWhatIsSomebodyElsesLooksAbsent(t *testing.T) {
	for _, service := range services {
		t.Run(service, func(t *testing.T) {
			ctx := bounded(t)
			s := startTenancy(t, service, callersOf(service))
			o := settle(ctx, t, s)
			for _, r := range schemaRPCs() {
				if !r.servedBy(service) {
					continue
				}
				for _, c := range foreignCalls()[r.path()] {
					t.Run(string(r.Name())+"/"+c.name, func(t *testing.T) { testForeign(ctx, t, s, o, r, c) })
				}
			}
			t.Run("untouched", o.untouched)
		})
	}
}

// callerOf names the key of a caller of one kind for one call. Each call has
// callers of its own, so that none meets what another wrote.
func callerOf(kind string, r rpc, c foreignCall) string { return kind + r.path() + c.name }

func callersOf(service string) map[string]apikey.Key {
	all := []principal.Scope{principal.All}
	keys := map[string]apikey.Key{"alice": {Tenant: "acme", Subject: "alice", Scopes: all}}
	for _, r := range schemaRPCs() {
		if !r.servedBy(service) {
			continue
		}
		for _, c := range foreignCalls()[r.path()] {
			keys[callerOf("stranger", r, c)] = apikey.Key{Tenant: uuid.NewString(), Subject: "alice", Scopes: all}
			if c.own {
				keys[callerOf("colleague", r, c)] = apikey.Key{Tenant: "acme", Subject: uuid.NewString(), Scopes: all}
			}
			if c.confined {
				keys[callerOf("confined", r, c)] = apikey.Key{Tenant: "acme", Subject: "alice", Scopes: all, Allow: principal.Grants{
					Files: principal.Patterns{"granted-*"}, Sources: principal.Patterns{"granted-*"}, Applications: principal.Patterns{"granted-*"},
				}}
			}
		}
	}
	return keys
}

func testForeign(ctx context.Context, t *testing.T, s *tenancy, o owner, r rpc, c foreignCall) {
	t.Helper()
	there := o.names
	there.cursor = o.cursors[c.cursorOf]
	absent := workNames{
		file: uuid.NewString(), fileName: "absent-secret.txt", upload: "absent-upload-1", producer: "absent-producer-1",
		stream: uuid.NewString(), item: "absent-item",
	}
	for _, kind := range []string{"stranger", "colleague", "confined"} {
		key := callerOf(kind, r, c)
		if s.texts[key] == "" {
			continue
		}
		t.Run(kind, func(t *testing.T) {
			caller := s.as(t, key)
			if r.Name() == "UploadFile" { // The caller's own content is told to it the second time.
				c.seen(ctx, t, caller, r, workNames{upload: "first-upload-1", fileName: "first-secret.txt"}, kind)
			}
			want := c.seen(ctx, t, caller, r, absent, kind)
			got := c.seen(ctx, t, caller, r, there, kind)
			require.Equal(t, want, got)
			require.NotContains(t, got, marker, "it tells of what is not the caller's")
			if showsAtOnce(r) {
				owners := c.text(ctx, s.as(t, "alice"), r, there)
				require.NotEqual(t, got, owners, "the owner sees more, so that there is something to hide")
			}
		})
	}
}

// seen is what a caller sees of names. What the table says of it must hold.
func (c foreignCall) seen(ctx context.Context, t *testing.T, caller *grpc.ClientConn, r rpc, names workNames, kind string) string {
	t.Helper()
	o := r.call(ctx, caller, c.of(names))
	reason := c.reason
	if kind == "confined" && c.denied != "" {
		reason = c.denied
	}
	if r.Name() != "WatchStreams" { // The test ends that call.
		require.Equal(t, reason, refusalOf(o.err).reason, "%v", o.err)
		require.Equal(t, reason == "", o.err == nil, "%v", o.err)
	}
	return o.text(names.all())
}

func (c foreignCall) text(ctx context.Context, caller *grpc.ClientConn, r rpc, names workNames) string {
	o := r.call(ctx, caller, c.of(names))
	return o.text(names.all())
}

// showsAtOnce tells whether the owner's call would change nothing and get an answer
// of its own. A tail begins empty.
func showsAtOnce(r rpc) bool {
	switch r.Name() {
	case "UploadFile", "AbortUpload", "UpdateFile", "CopyFile", "DeleteFile", "CollectDataPoints", "DeleteDataPoints",
		"CollectLogs", "DeleteLogs", "FlushLogs", "TestRules", "CancelStream", "TailLogs",
		"ListQuarantinedFiles", "ReleaseQuarantinedFile", "DeleteQuarantinedFile":
		return false
	default:
		return true
	}
}

// TestATailTellsOnlyWhatIsGranted has an application that is not granted write
// first.
func TestATailTellsOnlyWhatIsGranted(t *testing.T) {
	all := []principal.Scope{principal.All}
	s := startTenancy(t, "logagg", map[string]apikey.Key{
		"alice": {Tenant: "acme", Subject: "alice", Scopes: all},
		"confined": {Tenant: "acme", Subject: "watcher", Scopes: all, Allow: principal.Grants{
			Applications: principal.Patterns{"granted-*"},
		}},
	})
	ctx := bounded(t)
	tail := dialLogs(t, s.addr, s.options("confined")...).tail(ctx, t, nil)
	defer tail.cancel()
	_, err := dialLogs(t, s.addr, s.options("alice")...).deliver(ctx,
		logFrame(0, plainLog("other", 1).logEntry, plainLog("granted-a", 2).logEntry, plainLog("other", 3).logEntry, plainLog("granted-b", 4).logEntry))
	require.NoError(t, err)
	entries, missed, err := tail.take(2)
	require.NoError(t, err)
	require.Zero(t, missed)
	require.Equal(t, "granted-a", entries[0].GetApplication())
	require.Equal(t, "granted-b", entries[1].GetApplication())
}
