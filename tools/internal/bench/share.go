package bench

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"
	"google.golang.org/grpc"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// ShareConfig says whose shares to measure. A target that is not [Local] has to
// take any key.
type ShareConfig struct {
	Setting

	// Streams of the tenant with many; the other has one.
	Streams int
	// Frame is the number of points in a frame.
	Frame int
	// Span that the streams send for, as fast as they are read.
	Span time.Duration
}

// connectionsOfMany is how many connections the tenant with many streams has.
const connectionsOfMany = 10

// Share measures how a collector shares itself out between a tenant with one
// stream and one with many, all of which always have more to send. It returns, in
// this order:
//
//   - share_one: what the one stream brought, in percent of all points accepted.
//   - share_points: points/s of both.
//   - floor_dd: MB/s.
func Share(ctx context.Context, cfg ShareConfig) (figures []Figure, err error) {
	err = onStand(cfg.Setting, func(s *stand) error {
		b := &shareBench{stand: s, cfg: cfg, frame: load.NewPoints(time.Now(), 1).Frame(0, cfg.Frame)}
		if err := b.makeKeys(); err != nil {
			return err
		}
		if local, ok := s.Target.(Local); ok {
			local.Flags = append(local.Flags, "--auth-keys-file", b.keysFile())
			s.Target = local
		}
		if err := s.repeat(ctx, b.run); err != nil {
			return err
		}
		figures = []Figure{newFigure("share_one", "%", b.shares), newFigure("share_points", "points/s", b.rates), s.floorFigure()}
		return nil
	})
	return figures, err
}

type shareBench struct {
	*stand

	cfg   ShareConfig
	frame rawMessage
	// The texts of the two tenants' keys.
	one, many     string
	shares, rates []float64
}

func (b *shareBench) keysFile() string { return filepath.Join(b.dir, "keys.yaml") }

func (b *shareBench) makeKeys() (err error) {
	set := &apikey.Set{}
	keyOf := func(tenant string) string {
		text, key, makeErr := apikey.Generate(apikey.Key{
			Tenant: tenant, Subject: "bench", Scopes: []principal.Scope{principal.PointsWrite},
		}, time.Now())
		if err == nil {
			err = makeErr
		}
		if err == nil {
			err = set.Add(key)
		}
		return text
	}
	b.one, b.many = keyOf("one"), keyOf("many")
	if err != nil {
		return fmt.Errorf("make the tenants' keys: %w", err)
	}
	return apikey.Save(b.keysFile(), set)
}

// run measures the shares once.
func (b *shareBench) run(ctx context.Context) error {
	return b.withServer(ctx, func(ctx context.Context, server Server) error {
		one, many, err := b.send(ctx, server.Addr())
		if err != nil {
			return err
		}
		if one+many == 0 {
			return errors.New("the server accepted nothing; give a longer --span")
		}
		b.shares = append(b.shares, 100*float64(one)/float64(one+many))
		b.rates = append(b.rates, float64(one+many)/b.cfg.Span.Seconds())
		b.Log("run %d: %.1f %% of %.0f points/s", len(b.shares), last(b.shares), last(b.rates))
		return nil
	}, nil)
}

// send has both tenants send for the span, and returns how many points each got
// in.
func (b *shareBench) send(ctx context.Context, addr string) (one, many int64, err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	until := time.Now().Add(b.cfg.Span)
	var ofOne, ofMany atomic.Int64
	var group errgroup.Group
	group.Go(func() error { return b.connection(ctx, addr, b.one, 1, until, &ofOne) })
	for i := range min(connectionsOfMany, b.cfg.Streams) {
		streams := (b.cfg.Streams + connectionsOfMany - 1 - i) / connectionsOfMany
		group.Go(func() error { return b.connection(ctx, addr, b.many, streams, until, &ofMany) })
	}
	err = group.Wait()
	return ofOne.Load(), ofMany.Load(), err
}

// connection sends on so many streams of one connection, and adds how many points
// were accepted.
func (b *shareBench) connection(ctx context.Context, addr, key string, streams int, until time.Time, accepted *atomic.Int64) error {
	c, err := client.NewStreamingClient(addr, client.WithPlaintext(), client.WithAPIKey(key))
	if err != nil {
		return err
	}
	defer func() { _ = c.Close() }() // What it sent has been answered.
	var group errgroup.Group
	for range streams {
		group.Go(func() error {
			n, err := b.stream(ctx, c, until)
			accepted.Add(n)
			return err
		})
	}
	return group.Wait()
}

// stream sends the frame again and again, and returns how many points were
// accepted.
func (b *shareBench) stream(ctx context.Context, c *client.StreamingClient, until time.Time) (int64, error) {
	stream, err := c.Points().CollectDataPoints(ctx, grpc.ForceCodecV2(newRawCodec()))
	if err != nil {
		return 0, err
	}
	for time.Now().Before(until) {
		if err := stream.SendMsg(b.frame); err != nil {
			break // The receipt tells why.
		}
	}
	if err := stream.CloseSend(); err != nil {
		return 0, err
	}
	var receipt collectorv1.CollectDataPointsResponse
	err = stream.RecvMsg(&receipt)
	return receipt.GetSuccessfulCount(), err
}
