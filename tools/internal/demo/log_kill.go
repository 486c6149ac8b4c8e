package demo

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/dustin/go-humanize"

	"github.com/sluice-ingest/sluice/libs/client"
)

const (
	logStream     = 50_000
	logStreamRate = 25_000
	// killLogsAfter is how many entries must be durable when the log service is
	// killed.
	killLogsAfter = 20_000
	numberField   = "number"
)

// killLogs kills the log service in the middle of a stream, restarts it, lets the
// SDK go on by itself, and looks at each entry that is stored.
func (d *demo) killLogs(ctx context.Context) (string, error) {
	sending, k := killAfter(ctx, &d.logs, killLogsAfter)
	now := d.Now()
	result, err := d.sendLogs(sending, feed[*client.LogEntry]{
		name: "entries", count: logStream, perSecond: logStreamRate,
		item: func(i int) *client.LogEntry {
			return &client.LogEntry{
				Application: counter, Level: "info", Time: now.Add(time.Duration(i-logStream) * time.Millisecond),
				Message: "counted", Fields: map[string]string{numberField: strconv.Itoa(i)},
			}
		},
		watch: func(p client.SendProgress) { k.moved(sending, p.Sent, p.Durable) },
	})
	if err := k.end(err); err != nil {
		return "", err
	}
	d.showKill(k, amountOf("entries"))
	d.stage.detailf("resumed", "by the SDK, attempt %d", result.Attempts)
	d.stage.detailf("receipt", "%s entries indexed", humanize.Comma(result.Indexed))
	if result.Attempts < 2 || result.Indexed != logStream {
		return "", fmt.Errorf("the receipt counts %d entries after %d attempts, not %d after 2 or more",
			result.Indexed, result.Attempts, logStream)
	}
	return d.readStream(ctx, result)
}

// readStream reads the entries back: each has its own number.
func (d *demo) readStream(ctx context.Context, result *client.LogResult) (string, error) {
	next := 0
	for record, err := range d.logs.client.SearchLogs(ctx, client.LogSearch{
		Filter: client.LogFilter{Applications: []string{counter}}, OldestFirst: true, WaitFor: seen(result),
	}) {
		if err != nil {
			return "", err
		}
		if number := record.Fields[numberField]; number != strconv.Itoa(next) {
			return "", fmt.Errorf("entry %s comes where %d has to be", number, next)
		}
		next++
	}
	d.stage.detailf("stored", "%s entries, from 0 to %s", humanize.Comma(int64(next)), humanize.Comma(int64(next-1)))
	if next != logStream {
		return "", fmt.Errorf("%d entries are stored, not %d", next, logStream)
	}
	return fmt.Sprintf("%s entries stored, none lost, none twice", humanize.Comma(int64(next))), nil
}
