package demo

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/service"
)

// startCollector runs the collector on free ports and connects to it.
func (d *demo) startCollector(ctx context.Context) (string, error) {
	if err := d.startCollectorAt(ctx, "127.0.0.1:0"); err != nil {
		return "", err
	}
	var err error
	if d.points, err = client.NewStreamingClient(d.collector.Addr()); err != nil {
		return "", err
	}
	d.stage.detailf("address", "%s", d.collector.Addr())
	d.stage.detailf("data", "%s", d.path("points"))
	return fmt.Sprintf("process %d serves", d.collector.Pid()), nil
}

func (d *demo) startCollectorAt(ctx context.Context, addr string) (err error) {
	d.collector, err = service.Start(ctx, d.Collector,
		"--listen", addr, "--admin-listen", "127.0.0.1:0", "--data-dir", d.path("points"))
	return err
}

// restartCollector kills the collector and starts it on the same folder and
// port.
func (d *demo) restartCollector(ctx context.Context) error {
	addr := d.collector.Addr()
	d.collector.Kill()
	return d.startCollectorAt(ctx, addr)
}
