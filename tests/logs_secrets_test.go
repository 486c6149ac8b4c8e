package tests

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
)

// secretRules have every detector, every action, a pattern, and rules that fail
// for entries with secrets.
const secretRules = `
filter:
  - {name: broken, when: 'has(fields.code) && int(fields["code"]) < 0', action: drop}
  - {name: drop-noise, when: message.contains("NOISE"), action: drop}
redact:
  hash_key_file: %q
  detectors: {email: replace, card: hash, jwt: hash, cloud-key: replace, authorization: replace}
  patterns:
    - {name: order, pattern: 'order-\d+'}
classify:
  - {name: numbers, when: 'int(message) > 0', category: number}
enrich:
  - {name: copy, set: {copy: message, origin: 'application + "@" + fields["detail"]'}}
`

// logWitness stands beside every secret that is indexed. It is found, which shows
// that the search would find a secret too.
const logWitness = "WITNESS-of-the-search"

// secretRun plants secrets in a server and looks for them.
type secretRun struct {
	*logServer

	plants *planter
	// indexed counts the entries with a witness.
	indexed int
}

// startSecrets starts a server with secretRules.
func startSecrets(t *testing.T, args ...string) *secretRun {
	t.Helper()
	const secret = "Zq7-the-key-of-the-hashes-x"
	key := filepath.Join(t.TempDir(), "hash.key")
	require.NoError(t, os.WriteFile(key, []byte(secret), 0o600))
	r := &secretRun{plants: newPlanter(seed(t))}
	r.plants.texts[secret] = "the file of the key"
	r.logServer = startLogs(t, append(args, "--rules-file", writeRules(t, fmt.Sprintf(secretRules, key)))...)
	return r
}

// TestNoSecretIsInAnyFile plants secrets wherever a client can put text, in
// entries that are indexed, filtered and rejected, in calls that are refused and
// in searches, and looks for each in every byte of every file of the service and
// of its log.
func TestNoSecretIsInAnyFile(t *testing.T) {
	// With this interval everything waits in the journal for the kill.
	r := startSecrets(t, "--log-level", "debug", "--drain-grace", "100ms", "--store-batch-interval", "1m", "--max-message-bytes", "1MiB")
	ctx := bounded(t)
	tail := r.tail(ctx, t, nil)
	r.sendPlanted(ctx, t)
	r.sendRejected(ctx, t)
	r.refuse(ctx, t)
	r.trySecrets(ctx, t)
	metrics := r.metrics(t)
	entries, missed, err := tail.take(r.indexed)
	require.NoError(t, err)
	r.requireClean(t, "the tail", fmt.Append(nil, entries))
	tail.cancel()
	r.Kill9()
	require.Positive(t, missed+int64(len(entries)))
	require.Positive(t, r.requireCleanFiles(t), "the journal has the witnesses")

	r.Restart()
	_, err = r.logs.FlushLogs(ctx, &logaggv1.FlushLogsRequest{})
	require.NoError(t, err)
	r.querySecrets(ctx, t)
	found, _, err := r.search(ctx, oldestFirst(nil))
	require.NoError(t, err)
	require.Len(t, found, r.indexed)
	r.requireClean(t, "what a search finds", fmt.Append(nil, found))
	r.Kill9()
	r.requireCleanFiles(t)

	r.Restart()
	require.NoError(t, r.Terminate(realTime))
	r.requireCleanFiles(t)
	r.requireClean(t, "the metrics", append(metrics, r.metricsAfterRestart(t)...))
	r.requireClean(t, "the log", []byte(r.Logs()))
	require.Contains(t, r.Logs(), "CollectLogs", "the log tells of the calls")
	t.Logf("%d secrets in %d indexed entries", len(r.plants.texts), r.indexed)
}

func (r *secretRun) metricsAfterRestart(t *testing.T) []byte {
	t.Helper()
	r.Restart()
	return r.metrics(t)
}

func (r *secretRun) metrics(t *testing.T) []byte {
	t.Helper()
	page := adminPage(bounded(t), t, r.AdminAddr, "/metrics")
	require.Contains(t, page, "sluice_logagg_")
	return []byte(page)
}

// entry is a good entry to plant secrets in.
func (r *secretRun) entry() *logEntry {
	r.indexed++
	return &logEntry{
		Application: "shop", Level: "info", Timestamp: logStart + int64(r.indexed)*int64(time.Millisecond), Message: logWitness,
		Fields: map[string]string{},
	}
}

// sendPlanted sends entries that are indexed or filtered, with secrets in every
// text, in streams that end in many ways.
func (r *secretRun) sendPlanted(ctx context.Context, t *testing.T) {
	t.Helper()
	stream, _ := r.mustOpen(ctx, t, logProducer("planted", 0))
	const frames, each = 20, 15
	for sequence := int64(1); sequence <= frames; sequence++ {
		var entries []*logEntry
		for i := range each {
			entries = append(entries, r.plantIn(i))
		}
		require.NoError(t, stream.send(logFrame(sequence, entries...)))
	}
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(r.indexed), receipt.GetIndexedCount())
	require.Positive(t, receipt.GetFilteredCount())
	require.Greater(t, receipt.GetRedactedCount(), receipt.GetIndexedCount()*9/10)
	r.requireClean(t, "the receipt", []byte(receipt.String()))
}

// plantIn plants secrets in a part of an entry.
func (r *secretRun) plantIn(part int) *logEntry {
	e := r.entry()
	text := func() string { return r.plants.plant().text }
	switch part {
	case 0:
		e.Message = logWitness + "\n" + text()
	case 1:
		e.Message = text() + "\n" + logWitness + "\n" + text()
	case 2:
		e.Fields["detail"] = text()
	case 3: // The field's name tells.
		secret := r.plants.word()
		e.Fields[r.plants.one([]string{"password", "db.password", "x-api-key", "client_secret", "access_token"})] = secret
	case 4: // The field's name is a secret.
		secret := "ghp_" + r.plants.text(alphanumeric, 36)
		r.plants.texts[secret] = "the name of a field"
		e.Fields[secret], e.Fields["x/"+secret] = "x", text()
	case 5: // A level that is not known is kept as a field.
		e.Level = "password=" + r.plants.word()
	case 6: // The rule fails for it.
		e.Fields["code"] = text()
	case 7:
		e.Fields["code"], e.Message = text(), logWitness+"\n"+text()
	case 8:
		e.Message = logWitness + "\n" + text() + " NOISE"
		r.indexed--
	case 9: // Beyond what a page or block holds at once.
		e.Message = logWitness + strings.Repeat(" filler", 5000) + "\n" + text() + "\n" + strings.Repeat("filler ", 5000)
	case 10:
		for i := range 20 {
			e.Fields[fmt.Sprintf("f%d", i)] = text()
		}
	default:
		e.Message = logWitness + "\n" + text()
		e.Fields["detail"], e.Fields["trace"] = text(), "t-1"
	}
	return e
}

// sendRejected sends secrets in entries with each fault.
func (r *secretRun) sendRejected(ctx context.Context, t *testing.T) {
	t.Helper()
	before := r.indexed
	plant := func() string { return r.plants.plant().text }
	faults := append(logFaults(),
		logFault{name: "secret_application", spoil: func(e *logEntry) { e.Application = "password=" + r.plants.word() }},
		logFault{name: "secret_long_level", spoil: func(e *logEntry) { e.Level = plant() + strings.Repeat("l", 33) }},
		logFault{name: "secret_field_name", spoil: func(e *logEntry) { e.Fields = map[string]string{plant() + " ": plant()} }},
		logFault{name: "secret_long_value", spoil: func(e *logEntry) { e.Fields["f"] = plant() + strings.Repeat("v", 32<<10) }},
		logFault{name: "secret_long_message", spoil: func(e *logEntry) { e.Message = plant() + strings.Repeat("m", 256<<10) }})
	stream, _ := r.mustOpen(ctx, t, logProducer("rejected", 0))
	for i, fault := range faults {
		e := r.entry()
		e.Message = plant()
		e.Fields["detail"] = plant()
		fault.spoil(e)
		require.NoError(t, stream.send(logFrame(int64(i+1), e)))
	}
	r.indexed = before
	receipt, err := stream.finish()
	require.NoError(t, err)
	require.Equal(t, int64(len(faults)), receipt.GetRejectedCount())
	r.requireClean(t, "the receipt", []byte(receipt.String()))
}

// refuse sends secrets in streams that are refused or cut.
func (r *secretRun) refuse(ctx context.Context, t *testing.T) {
	t.Helper()
	secret := func() *logEntry {
		e := r.entry()
		r.indexed--
		e.Message = r.plants.plant().text
		return e
	}
	refused := map[string][]*logsRequest{
		"FIELD_INVALID":     {{ProducerId: "a b", Entries: []*logEntry{secret()}}},
		"SEQUENCE_GAP":      {logProducer("planted", 0), logFrame(99, secret())},
		"PRODUCER_EXPIRED":  {logProducer("unknown", 0), logFrame(7, secret())},
		"HEADER_CHANGED":    {logProducer("planted", 0), {ProducerId: "other", Entries: []*logEntry{secret()}}},
		"HEADER_MISSING":    {{Epoch: 3, Entries: []*logEntry{secret()}}},
		"MALFORMED_MESSAGE": nil,
		"MESSAGE_TOO_LARGE": {logProducer("planted", 0), logFrame(21, func() *logEntry {
			e := secret()
			e.Message = strings.Repeat(e.GetMessage(), 3<<19/len(e.GetMessage()))
			return e
		}())},
	}
	for reason, messages := range refused {
		var err error
		if messages == nil {
			_, err = r.deliverRaw(ctx, []byte("\xff\xff\xff\xff "+r.plants.plant().text))
		} else {
			_, err = r.deliver(ctx, messages...)
		}
		require.Equal(t, reason, refusalOf(err).reason, "%v", err)
	}
	// A stream that is cancelled, and one whose receipt nobody hears.
	stream, _ := r.mustOpen(ctx, t, logProducer("cancelled", 0))
	require.NoError(t, stream.send(logFrame(1, r.plantIn(0))))
	r.awaitDurable(ctx, t, "cancelled", 1)
	stream.cancel()
}

// trySecrets has rules make something of secrets, and rules with secrets.
func (r *secretRun) trySecrets(ctx context.Context, t *testing.T) {
	t.Helper()
	e := r.plantIn(11)
	bad := r.plantIn(0)
	bad.Application = ""
	r.indexed -= 2
	answer, err := r.logs.TestRules(ctx, &logaggv1.TestRulesRequest{Entries: []*logEntry{e, bad}})
	require.NoError(t, err)
	r.requireClean(t, "what the rules make of entries", []byte(answer.String()))
}

// querySecrets searches for what was taken out.
func (r *secretRun) querySecrets(ctx context.Context, t *testing.T) {
	t.Helper()
	for _, f := range []*logaggv1.LogFilter{
		{Texts: []*logaggv1.TextMatcher{{Text: r.plants.word()}}},
		{Fields: []*logaggv1.FieldMatcher{{
			Name: "detail", Operator: queryv1.MatchOperator_MATCH_OPERATOR_REGEX, Value: ".*" + r.plants.word() + ".*",
		}}},
	} {
		found, _, err := r.search(ctx, oldestFirst(f))
		require.NoError(t, err)
		require.Empty(t, found)
		_, err = r.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{Filter: f, ByFields: []string{"detail"}})
		require.NoError(t, err)
	}
	answer, err := r.logs.GetLogStatistics(ctx, &logaggv1.GetLogStatisticsRequest{ByFields: []string{"detail", "copy"}})
	require.NoError(t, err)
	r.requireClean(t, "the statistics", []byte(answer.String()))
}

// requireClean wants no secret in data. One that was found before is not told
// again.
func (r *secretRun) requireClean(t *testing.T, where string, data []byte) {
	t.Helper()
	for secret, text := range r.plants.texts {
		if bytes.Contains(data, []byte(secret)) {
			t.Errorf("%s holds the secret %q, which was planted in %.200q", where, secret, text)
			delete(r.plants.texts, secret)
		}
	}
}

// requireCleanFiles wants no secret in any file, and returns how many witnesses
// there are.
func (r *secretRun) requireCleanFiles(t *testing.T) (witnesses int) {
	t.Helper()
	err := filepath.WalkDir(r.dataDir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		r.requireClean(t, path, data)
		witnesses += bytes.Count(data, []byte(logWitness))
		return nil
	})
	require.NoError(t, err)
	return witnesses
}
