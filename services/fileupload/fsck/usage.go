package fsck

import (
	"context"
	"fmt"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// tallies is how often the usage of a tenant is added up until it is taken for
// wrong, if somebody else uses the place.
const tallies = 3

// usage compares each tenant's usage with the sum of what it has.
func (e *examination) usage(ctx context.Context) error {
	times := 1
	if e.place.Grace > 0 {
		times = tallies
	}
	doubted := e.tenants
	var wrong []Problem
	busy := 0
	for range times {
		if len(doubted) == 0 {
			break
		}
		t, err := e.tally(ctx, doubted)
		if err != nil {
			return err
		}
		doubted, wrong, busy = nil, t.wrong, len(t.changed)
		for i := range t.wrong {
			doubted = append(doubted, t.wrong[i].Tenant)
		}
		doubted = append(doubted, t.changed...)
	}
	for i := range wrong {
		e.report.problem(wrong[i])
	}
	e.report.BusyTenants = busy
	return nil
}

// tally is what adding up has shown.
type tally struct {
	wrong []Problem
	// changed are the tenants whose usage changed meanwhile.
	changed []string
}

func (e *examination) tally(ctx context.Context, tenants []string) (t tally, err error) {
	before, err := e.usages(ctx, tenants)
	if err != nil {
		return t, err
	}
	sums, err := e.sums(ctx, tenants)
	if err != nil {
		return t, err
	}
	after, err := e.usages(ctx, tenants)
	if err != nil {
		return t, err
	}
	for _, tenant := range tenants {
		switch {
		case before[tenant] != after[tenant]:
			t.changed = append(t.changed, tenant)
		case after[tenant] != sums[tenant]:
			t.wrong = append(t.wrong, Problem{
				Kind: WrongUsage, Tenant: tenant,
				Detail: fmt.Sprintf("the usage is %s; the sum is %s", show(after[tenant]), show(sums[tenant])),
			})
		}
	}
	return t, nil
}

func show(u core.Usage) string {
	return fmt.Sprintf("%d files of %d bytes and %d reserved of %d bytes", u.Files, u.Bytes, u.ReservedFiles, u.ReservedBytes)
}

func (e *examination) usages(ctx context.Context, tenants []string) (map[string]core.Usage, error) {
	usages := map[string]core.Usage{}
	for _, tenant := range tenants {
		usage, err := e.place.Catalog.Usage(ctx, tenant)
		if err != nil {
			return nil, err
		}
		usages[tenant] = usage
	}
	return usages, nil
}

// sums adds up what tenants have.
func (e *examination) sums(ctx context.Context, tenants []string) (map[string]core.Usage, error) {
	sums := map[string]core.Usage{}
	err := e.eachReceiving(ctx, func(upload *core.Upload) error {
		sum := sums[upload.Tenant]
		sum.ReservedBytes += upload.Reserved
		sum.ReservedFiles++
		sums[upload.Tenant] = sum
		return nil
	})
	if err != nil {
		return nil, err
	}
	for _, tenant := range tenants {
		sum := sums[tenant]
		err := core.EachFile(ctx, e.place.Catalog, tenant, func(file *core.File) error {
			sum.Bytes += file.Size
			sum.Files++
			return nil
		})
		if err != nil {
			return nil, err
		}
		sums[tenant] = sum
	}
	return sums, nil
}
