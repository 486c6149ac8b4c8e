package client_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	queryv1 "github.com/sluice-ingest/sluice/gen/sluice/query/v1"
	"github.com/sluice-ingest/sluice/libs/client"
)

// exampleClient returns a client of a server that runs for one example, and a
// folder.
func exampleClient() (c *client.StreamingClient, folder string, stop func()) {
	target, stopServer, err := client.ServeExample()
	if err != nil {
		log.Fatal(err)
	}
	folder, err = os.MkdirTemp("", "example")
	if err != nil {
		log.Fatal(err)
	}
	c, err = client.NewStreamingClient(target)
	if err != nil {
		log.Fatal(err)
	}
	return c, folder, func() {
		_ = c.Close()
		stopServer()
		_ = os.RemoveAll(folder)
	}
}

func exampleFile(folder, name, content string) string {
	path := filepath.Join(folder, name)
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		log.Fatal(err)
	}
	return path
}

func ExampleNewStreamingClient() {
	c, err := client.NewStreamingClient("files.example.com:8443",
		client.WithAPIKey(os.Getenv("SLUICE_API_KEY")),
		client.WithRateLimit(50<<20),
		client.WithRetry(client.RetryPolicy{MaxAttempts: 20, MaxBackoff: time.Minute}))
	if err != nil {
		log.Fatal(err)
	}
	defer c.Close()
}

func ExampleStreamingClient_UploadFile() {
	c, folder, stop := exampleClient()
	defer stop()

	path := exampleFile(folder, "greeting.txt", "hello")
	receipt, err := c.UploadFile(context.Background(), path)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d bytes, SHA-256 %.12s\n", receipt.FileName, receipt.Size, receipt.Checksum)
	// Output: greeting.txt: 5 bytes, SHA-256 2cf24dba5fb0
}

func ExampleStreamingClient_UploadWithRetry() {
	c, folder, stop := exampleClient()
	defer stop()

	path := exampleFile(folder, "large.log", strings.Repeat("a line\n", 100_000))
	receipt, err := c.UploadWithRetry(context.Background(), path,
		client.WithMetadata(map[string]string{"host": "web-1"}),
		client.WithProgress(func(p client.Progress) {
			if p.State == client.TransferDone {
				fmt.Printf("%d of %d bytes are durable\n", p.Durable, p.Total)
			}
		}))
	if e, ok := errors.AsType[*client.Error](err); ok {
		log.Fatalf("%s at byte %d; resume with the upload id %s", e.Reason, e.Position.Durable, e.UploadID)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("attempts:", receipt.Attempts)
	// Output:
	// 700000 of 700000 bytes are durable
	// attempts: 1
}

func ExampleWithHashFirst() {
	c, folder, stop := exampleClient()
	defer stop()

	content := strings.Repeat("a line\n", 100_000)
	for _, name := range []string{"monday.log", "copy.log"} {
		receipt, err := c.UploadWithRetry(context.Background(), exampleFile(folder, name, content), client.WithHashFirst())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d bytes sent, deduplicated: %t\n", receipt.FileName, receipt.Sent, receipt.Deduplicated)
	}
	// Output:
	// monday.log: 700000 bytes sent, deduplicated: false
	// copy.log: 0 bytes sent, deduplicated: true
}

func ExampleWithChecksum() {
	c, folder, stop := exampleClient()
	defer stop()

	stored, err := c.UploadFile(context.Background(), exampleFile(folder, "a.txt", "hello"))
	if err != nil {
		log.Fatal(err)
	}
	// Nothing of the content is read where the server has it.
	receipt, err := c.UploadReader(context.Background(), "b.txt", os.Stdin, client.WithChecksum(stored.Checksum))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(receipt.FileName, receipt.Size, receipt.Deduplicated)
	// Output: b.txt 5 true
}

func ExampleWithIfAbsent() {
	c, folder, stop := exampleClient()
	defer stop()

	path := exampleFile(folder, "a.txt", "hello")
	for range 2 {
		receipt, err := c.UploadFile(context.Background(), path, client.WithIfAbsent(), client.WithHashFirst())
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println("existed:", receipt.Existed)
	}
	// Output:
	// existed: false
	// existed: true
}

func ExampleWithExpireTime() {
	c, folder, stop := exampleClient()
	defer stop()

	at := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC)
	receipt, err := c.UploadFile(context.Background(), exampleFile(folder, "a.txt", "hello"), client.WithExpireTime(at))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("kept until", receipt.ExpireTime.Format(time.DateOnly))
	// Output: kept until 2100-01-01
}

func ExampleStreamingClient_WatchUpload() {
	c, folder, stop := exampleClient()
	defer stop()

	_, err := c.UploadFile(context.Background(), exampleFile(folder, "a.txt", "hello"), client.WithUploadID("nightly"))
	if err != nil {
		log.Fatal(err)
	}
	for state, err := range c.WatchUpload(context.Background(), "nightly") {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s: %d of %d bytes are durable\n", state.Status, state.Position.Durable, state.Total)
	}
	// Output: available: 5 of 5 bytes are durable
}

func ExampleStreamingClient_UploadFilesConcurrently() {
	c, folder, stop := exampleClient()
	defer stop()

	paths := []string{
		exampleFile(folder, "a.txt", "first"),
		exampleFile(folder, "b.txt", "second"),
		filepath.Join(folder, "missing.txt"),
	}
	results, _ := c.UploadFilesConcurrently(context.Background(), paths, 4)
	for _, r := range results {
		fmt.Println(filepath.Base(r.Path), r.Err == nil)
	}
	// Output:
	// a.txt true
	// b.txt true
	// missing.txt false
}

func ExampleStreamingClient_Download() {
	c, folder, stop := exampleClient()
	defer stop()

	receipt, err := c.UploadFile(context.Background(), exampleFile(folder, "a.txt", "hello, world"))
	if err != nil {
		log.Fatal(err)
	}
	var part bytes.Buffer
	file, err := c.Download(context.Background(), receipt.FileID, &part, client.WithOffset(7), client.WithLength(5))
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s of %s\n", part.String(), file.Name)
	// Output: world of a.txt
}

func ExampleStreamingClient_SendDataPoints() {
	c, _, stop := exampleClient()
	defer stop()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // ends the goroutine below if the call returns early
	points := make(chan *client.DataPoint)
	go func() {
		defer close(points)
		begun := time.Date(2026, 9, 22, 0, 0, 0, 0, time.UTC)
		for i := range 1000 {
			point := &client.DataPoint{
				Source:    "web-1",
				Timestamp: begun.Add(time.Duration(i) * time.Second).UnixNano(),
				Metrics:   map[string]float64{"cpu": float64(i % 60), "memory": 512},
				Tags:      map[string]string{"zone": "eu-1"},
			}
			if i == 500 {
				point.Source = ""
			}
			select {
			case points <- point:
			case <-ctx.Done():
				return
			}
		}
	}()
	result, err := c.SendDataPoints(ctx, points, client.WithBatchSize(100),
		client.WithSendProgress(func(p client.SendProgress) {
			if p.State == client.TransferDone {
				fmt.Printf("%d points in %d frames are durable\n", p.Durable, p.DurableFrames)
			}
		}))
	if e, ok := errors.AsType[*client.Error](err); ok {
		log.Fatalf("%v; go on behind point %d as producer %s", e, e.DurablePoints, e.ProducerID)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.Successful, "accepted")
	for _, e := range result.PointErrors {
		fmt.Printf("point %d: %s\n", e.Point, e.Reason)
	}
	// Output:
	// 1000 points in 10 frames are durable
	// 999 accepted
	// point 500: SOURCE_INVALID
}

func ExampleStreamingClient_QueryBuckets() {
	c, _, stop := exampleClient()
	defer stop()

	request := &collectorv1.QueryDataPointsRequest{
		Matchers: []*collectorv1.SeriesMatcher{{
			Target:   collectorv1.SeriesTarget_SERIES_TARGET_METRIC,
			Operator: queryv1.MatchOperator_MATCH_OPERATOR_EQUAL,
			Value:    "cpu",
		}},
		BucketDuration: time.Minute.Nanoseconds(),
	}
	for bucket, err := range c.QueryBuckets(context.Background(), request) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s: mean %.1f, max %.0f\n", bucket.Time().Format(time.TimeOnly), bucket.Series.GetSource(), bucket.Mean, bucket.Max)
	}
	// Output: 14:13:20 web-1: mean 29.5, max 59
}

func ExampleStreamingClient_SendLogs() {
	c, _, stop := exampleClient()
	defer stop()

	ctx, cancel := context.WithCancel(context.Background())
	defer cancel() // ends the goroutine below if the call returns early
	entries := make(chan *client.LogEntry)
	go func() {
		defer close(entries)
		begun := time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)
		for i := range 1000 {
			entry := &client.LogEntry{
				Application: "shop",
				Level:       "info",
				Time:        begun.Add(time.Duration(i) * time.Millisecond),
				Message:     fmt.Sprintf("GET /orders/%d status=200", i),
				Fields:      map[string]string{"host": "web-1"},
			}
			if i%10 == 0 {
				entry.Level = "debug"
			}
			select {
			case entries <- entry:
			case <-ctx.Done():
				return
			}
		}
	}()
	result, err := c.SendLogs(ctx, entries, client.WithBatchSize(100))
	if e, ok := errors.AsType[*client.Error](err); ok {
		log.Fatalf("%v; go on behind entry %d as producer %s", e, e.DurableEntries, e.ProducerID)
	}
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("%s: %d indexed, %d filtered\n", result.Status, result.Indexed, result.Filtered)
	for _, rule := range result.RuleCounts {
		fmt.Printf("%s rule %s hit %d\n", rule.Stage, rule.Rule, rule.Count)
	}
	// Output:
	// complete: 900 indexed, 100 filtered
	// filter rule no-debug hit 100
}

func ExampleStreamingClient_SearchLogs() {
	c, _, stop := exampleClient()
	defer stop()

	search := client.LogSearch{
		Filter: client.LogFilter{
			MinimumLevel: client.LevelError,
			Texts:        []*client.TextMatcher{{Text: "order 4711"}},
		},
		Limit: 100,
	}
	var next string
	for record, err := range c.SearchLogs(context.Background(), search, client.WithNextCursor(&next)) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Printf("%s %s %s: %s\n", record.Time.Format(time.TimeOnly), record.Level, record.Fields["host"], record.Message)
	}
	if next == "" {
		fmt.Println("that is all")
	}
	// Output:
	// 14:13:20 error web-1: payment of order 4711 failed
	// that is all
}

func ExampleStreamingClient_TailLogs() {
	c, _, stop := exampleClient()
	defer stop()

	for event, err := range c.TailLogs(context.Background(), client.LogFilter{Applications: []string{"shop"}}) {
		if err != nil {
			log.Fatal(err)
		}
		switch event.Kind {
		case client.TailStarted:
			fmt.Println("following")
		case client.TailRecord:
			fmt.Println(event.Record.Level, event.Record.Message)
		case client.TailMissed:
			fmt.Println(event.Missed, "entries left out")
		case client.TailGap:
			fmt.Println("cut; what came meanwhile is not shown")
			return
		}
	}
	// Output:
	// following
	// 2 entries left out
	// error payment of order 4711 failed
	// cut; what came meanwhile is not shown
}

func ExampleStreamingClient_LogStatistics() {
	c, _, stop := exampleClient()
	defer stop()

	rows, err := c.LogStatistics(context.Background(), client.LogStatisticsQuery{
		Filter:  client.LogFilter{MinimumLevel: client.LevelWarn},
		ByLevel: true,
	})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range rows {
		fmt.Println(row.Level, row.Count)
	}
	// Output:
	// warn 12
	// error 3
}

func ExampleStreamingClient_TestRules() {
	c, _, stop := exampleClient()
	defer stop()

	trial, err := c.TestRules(context.Background(), "", []*client.LogEntry{{
		Application: "shop", Time: time.Now(), Message: "login password=hunter2",
	}})
	if err != nil {
		log.Fatal(err)
	}
	for _, result := range trial.Results {
		fmt.Println(result.Outcome, result.Record.Message, result.Hits[0].Rule)
	}
	// Output: indexed login password=[redacted] credentials
}

func ExampleStreamingClient_MonitorConnection() {
	c, _, stop := exampleClient()
	defer stop()

	ctx, cancel := context.WithCancel(context.Background())
	var monitor sync.WaitGroup
	monitor.Go(func() {
		c.MonitorConnection(ctx, func(state client.ConnectionState) {
			if state == client.ConnectionReady {
				fmt.Println(state)
				cancel()
			}
		})
	})
	monitor.Wait()
	// Output: ready
}
