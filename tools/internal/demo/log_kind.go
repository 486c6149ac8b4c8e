package demo

import (
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/libs/client"
)

// The rules that entries hit, each with its step.
const (
	levelFromMessage = "normalise/level-from-message"
	healthChecks     = "filter/health-checks"
	someDebug        = "filter/some-debug"
	failedLogin      = "classify/failed-login"
	slowQuery        = "classify/slow-query"
	site             = "enrich/site"

	// siteField is what site sets.
	siteField = "site"
)

// logKind is a kind of entries.
type logKind struct {
	count       int
	application string
	// level as it is sent, and the one that it becomes.
	level   string
	becomes client.Level
	// message of the entry with this number and time.
	message func(n int, at time.Time) string
	// rules that it hits beside site, which hits all that are indexed.
	rules []string
}

// logKinds are the valid entries without secrets: 9,888.
func logKinds() []logKind {
	const (
		debug, info, warn, errors = client.LevelDebug, client.LevelInfo, client.LevelWarn, client.LevelError
	)
	return []logKind{
		{2988, "web", "INFO", info, numbered("GET /products/%d 200 12ms"), nil},
		{1200, "web", "info", info, numbered("GET /healthz?n=%d 200 0ms"), []string{healthChecks}},
		{300, "web", "Warning", warn, numbered("GET /old/%d 404 1ms"), nil},
		{60, "web", "ERR", errors, numbered("POST /orders/%d 502 30001ms upstream timed out"), nil},
		{2000, "shop", "DEBUG", debug, numbered("cart %d recalculated"), []string{someDebug}},
		{1000, "shop", "notice", info, numbered("order %d placed"), nil},
		{40, "shop", "error", errors, numbered("payment of order %d declined by the bank"), nil},
		{600, "auth", "6", info, numbered("Accepted publickey for deploy from 10.0.3.7 port %d ssh2"), nil},
		{180, "auth", "4", warn, numbered("Failed password for root from 203.0.113.9 port %d ssh2"), []string{failedLogin}},
		{800, "billing", "", info, log4j("INFO ", "invoice %d sent"), []string{levelFromMessage}},
		{50, "billing", "", errors, log4j("ERROR", "invoice %d not sent: no answer for 30000 ms"), []string{levelFromMessage}},
		{550, "search", "", info, numbered(`{"level":"info","msg":"index refreshed","documents":%d}`), []string{levelFromMessage}},
		{100, "search", "", warn, numbered(`{"level":"warn","msg":"slow query","took_ms":%d}`), []string{levelFromMessage, slowQuery}},
		{20, "backup", "", client.LevelUnspecified, numbered("copied part %d"), nil},
	}
}

// numbered is a message with the number of the entry.
func numbered(format string) func(int, time.Time) string {
	return func(n int, _ time.Time) string { return fmt.Sprintf(format, n) }
}

// log4j is a message as that logger writes it.
func log4j(level, format string) func(int, time.Time) string {
	return func(n int, at time.Time) string {
		return fmt.Sprintf("%s %s [worker-%d] Invoices - "+format, at.UTC().Format("2006-01-02 15:04:05,000"), level, n%4, n)
	}
}
