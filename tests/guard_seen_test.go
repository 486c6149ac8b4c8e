package tests

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/encoding/prototext"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	fileuploadv1 "github.com/sluice-ingest/sluice/gen/sluice/fileupload/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// guardRun is everything that can be done to a service, and what it wrote.
type guardRun struct {
	*guard

	audit, rules string
	// secrets must be nowhere at all, by what they are.
	secrets map[string]string
	// shown is what clients were told.
	shown strings.Builder
}

// TestFullRunIsAuditedAndLeaksNothing does everything to a service that the audit
// log tells of. The log's chain holds, has it all, and tells of each change; and
// neither secrets nor contents are where they do not belong.
func TestFullRunIsAuditedAndLeaksNothing(t *testing.T) {
	forEachKind(t, func(t *testing.T, kind guardKind) {
		t.Helper()
		r := startRun(t, kind)
		r.work(t)
		r.offend(t)
		metrics := adminPage(bounded(t), t, r.AdminAddr, "/metrics")
		require.Contains(t, metrics, "sluice_"+kind.service+"_")
		require.NoError(t, r.Terminate(awaitTime))
		r.requireEvents(t)
		r.requireTampersFound(t)
		audit, err := os.ReadFile(r.audit)
		require.NoError(t, err)
		for where, text := range map[string]string{
			"the log": r.Logs(), "the audit log": string(audit), "the metrics": metrics, "what clients were told": r.shown.String(),
		} {
			require.NotContains(t, text, guardPlant, "%s has contents", where)
			for what, secret := range r.secrets {
				require.NotContains(t, text, secret, "%s has %s", where, what)
			}
		}
		for what, secret := range r.secrets {
			require.Empty(t, filesWith(t, r.dataDir, secret), what)
		}
		require.NotEmpty(t, filesWith(t, r.dataDir, guardPlant), "the search finds contents where they belong")
	})
}

func startRun(t *testing.T, kind guardKind) *guardRun {
	t.Helper()
	dir := t.TempDir()
	r := &guardRun{audit: filepath.Join(dir, "audit.jsonl"), secrets: map[string]string{}}
	args := []string{"--audit-file", r.audit, "--drain-grace", "100ms"}
	if kind.name == "logs" {
		r.rules = writeRules(t, "filter: []\n")
		args = append(args, "--rules-file", r.rules)
	}
	r.guard = startGuard(t, kind, args...)
	private, err := os.ReadFile(r.certs.KeyFile)
	require.NoError(t, err)
	r.secrets["a line of the private key"] = strings.Split(string(private), "\n")[1]
	return r
}

// keep remembers the secret part of a token.
func (r *guardRun) keep(name, token string) string {
	end := "." // a JWT's signature, which may have a '_'
	if strings.HasPrefix(token, "slk_") {
		end = "_"
	}
	r.secrets[name] = token[strings.LastIndex(token, end)+1:][:20]
	return token
}

// tell remembers what a client was told.
func (r *guardRun) tell(err error) refusal {
	r.shown.WriteString(prototext.Format(status.Convert(err).Proto()) + "\n" + err.Error() + "\n")
	return refusalOf(err)
}

// work does what is allowed, and some of it wrong.
func (r *guardRun) work(t *testing.T) {
	t.Helper()
	ctx := bounded(t)
	p := r.dial(t, r.keep("a token", r.issuer.token(soon(time.Hour))))
	remove, receipt := r.kind.plant(ctx, t, p)
	r.shown.WriteString(receipt)
	require.Equal(t, codes.InvalidArgument, r.tell(r.kind.spoil(ctx, p)).code)
	open := r.kind.open(ctx, t, p, newWork())
	list, err := p.streams.ListStreams(ctx, &streamv1.ListStreamsRequest{})
	require.NoError(t, err)
	require.Len(t, list.GetStreams(), 1)
	_, err = p.streams.CancelStream(ctx, &streamv1.CancelStreamRequest{StreamId: list.GetStreams()[0].GetStreamId()})
	require.NoError(t, err)
	require.Equal(t, "STREAM_CANCELLED", r.tell(open.ended()).reason)
	require.NoError(t, remove())
	if r.rules != "" {
		replaceRules(t, r.rules, "filter: [{name: noise, when: message == 'noise', action: drop}]\n")
		r.awaitLog(t, "rules", 2)
		require.Eventually(t, func() bool { return len(r.events(t, "configuration.loaded", "")) >= 2 }, awaitTime, 50*time.Millisecond)
	}
	_, _ = r.kind.plant(ctx, t, p)
}

// offend uses credentials that are not good, or not any more.
func (r *guardRun) offend(t *testing.T) {
	t.Helper()
	ctx := bounded(t)
	id, key := r.createKey(t, "acme", "carol")
	p := r.dial(t, r.keep("a key", key))
	open := r.kind.open(ctx, t, p, newWork())
	r.revoke(t, id)
	require.Equal(t, "CREDENTIALS_REVOKED", r.tell(open.ended()).reason)
	_, confined := r.createKey(t, "acme", "dave", "--scopes", "usage:read")
	for reason, token := range map[string]string{
		"CREDENTIALS_MISSING": "", "CREDENTIALS_INVALID": r.keep("a revoked key", key),
		"CREDENTIALS_EXPIRED": r.keep("an expired token", r.issuer.token(time.Now().Add(-time.Hour))),
		"PERMISSION_DENIED":   r.keep("a key with few scopes", confined),
	} {
		require.Equal(t, reason, r.tell(r.kind.probe(ctx, r.dial(t, token))).reason)
	}
	forged := r.keep("a forged token", r.issuer.token(soon(time.Hour))[:100]+strings.Repeat("x", 80))
	require.Equal(t, "CREDENTIALS_INVALID", r.tell(r.kind.probe(ctx, r.dial(t, forged))).reason)
}

// events reads the audit log's events of an action, with an outcome or any.
func (r *guardRun) events(t *testing.T, action, outcome string) (reasons []string) {
	t.Helper()
	data, err := os.ReadFile(r.audit)
	require.NoError(t, err)
	lines := strings.Split(string(data), "\n")
	for _, line := range lines[:len(lines)-1] { // What is behind the last line is not whole.
		var e struct {
			Action  string `json:"action"`
			Outcome string `json:"outcome"`
			Reason  string `json:"reason"`
		}
		require.NoError(t, json.Unmarshal([]byte(line), &e), line)
		if e.Action == action && (outcome == "" || e.Outcome == outcome) {
			reasons = append(reasons, e.Reason)
		}
	}
	return reasons
}

func (r *guardRun) requireEvents(t *testing.T) {
	t.Helper()
	for _, action := range []string{
		"service.started", "configuration.loaded", "keys.reloaded", r.kind.collects, r.kind.deletes, "stream.cancel", "service.stopped",
	} {
		require.NotEmpty(t, r.events(t, action, "ok"), action)
	}
	reasons := r.events(t, r.kind.collects, "")
	for _, reason := range []string{
		"CREDENTIALS_MISSING", "CREDENTIALS_INVALID", "CREDENTIALS_EXPIRED", "CREDENTIALS_REVOKED", "PERMISSION_DENIED", "STREAM_CANCELLED",
	} {
		require.Contains(t, reasons, reason)
	}
	require.Len(t, r.events(t, r.kind.collects, "ok"), 2, "as many as were planted")
}

// requireTampersFound has the CLI verify the log as it is, and altered.
func (r *guardRun) requireTampersFound(t *testing.T) {
	t.Helper()
	guardCommand(t, "audit", "verify", r.audit)
	data, err := os.ReadFile(r.audit)
	require.NoError(t, err)
	lines := strings.SplitAfter(strings.TrimSuffix(string(data), "\n"), "\n")
	middle := len(lines) / 2
	changed, swapped := slices.Clone(lines), slices.Clone(lines)
	changed[middle] = strings.Replace(changed[middle], `"outcome":"`, `"outcome":"x`, 1)
	swapped[middle], swapped[middle+1] = swapped[middle+1], swapped[middle]
	removed := slices.Delete(slices.Clone(lines), middle, middle+1)
	for name, altered := range map[string][]string{"changed": changed, "removed": removed, "reordered": swapped} {
		path := filepath.Join(t.TempDir(), name+".jsonl")
		require.NoError(t, os.WriteFile(path, []byte(strings.Join(altered, "")), 0o600))
		outcome := runGuardCommand(t, "audit", "verify", path)
		require.Equal(t, 1, outcome.ExitCode, "%s: %s", name, outcome.Output)
	}
}

// plantFile stores a file with planted content. It returns what deletes one, and
// the receipt.
func plantFile(ctx context.Context, t *testing.T, p guardPeer) (remove func() error, receipt string) {
	t.Helper()
	u := p.mustBegin(ctx, t, plantHeader(newWork()))
	require.NoError(t, u.sendPlant(0, int64(len(guardContent))))
	told, err := u.finish()
	require.NoError(t, err)
	return func() error {
		_, err := p.files.DeleteFile(ctx, &fileuploadv1.DeleteFileRequest{FileId: told.GetFileId()})
		return err
	}, told.String()
}

func plantPoint(ctx context.Context, t *testing.T, p guardPeer) (remove func() error, receipt string) {
	t.Helper()
	point := numberedPoint("planted", 0)
	point.Tags = map[string]string{"note": guardPlant}
	told, err := p.points.deliver(ctx, producer(newWork(), 0), numberedFrame(1, point))
	require.NoError(t, err)
	return func() error {
		_, err := p.points.points.DeleteDataPoints(ctx, &collectorv1.DeleteDataPointsRequest{Matchers: ofSource("planted").matchers})
		return err
	}, told.String()
}

func plantLog(ctx context.Context, t *testing.T, p guardPeer) (remove func() error, receipt string) {
	t.Helper()
	entry := plainLog("planted", 0).logEntry
	entry.Message = guardPlant
	told, err := p.logs.deliver(ctx, logProducer(newWork(), 0), logFrame(1, entry))
	require.NoError(t, err)
	return func() error {
		_, err := p.logs.logs.DeleteLogs(ctx, &logaggv1.DeleteLogsRequest{Filter: ofApplication("planted")})
		return err
	}, told.String()
}

// spoilFile sends planted content in an upload that does not end.
func spoilFile(ctx context.Context, p guardPeer) error {
	return p.sendAll(ctx, stream(&fileuploadv1.UploadFileRequest{FileName: "a.txt", Data: []byte(guardPlant)}))
}

// spoilPoint sends a planted content where a producer is named.
func spoilPoint(ctx context.Context, p guardPeer) error {
	first := producer("a b", 0)
	first.Points = []*collectorv1.DataPoint{{Source: "planted", Tags: map[string]string{"note": guardPlant}}}
	_, err := p.points.deliver(ctx, first)
	return err
}

func spoilLog(ctx context.Context, p guardPeer) error {
	_, err := p.logs.deliver(ctx, &logsRequest{ProducerId: "a b", Entries: []*logEntry{{Application: "planted", Message: guardPlant}}})
	return err
}
