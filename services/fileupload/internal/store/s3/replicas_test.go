package s3_test

import (
	"context"
	"sync"
	"testing"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
	"github.com/sluice-ingest/sluice/services/fileupload/internal/store/s3"
)

// replicas are the stores that one test of the suite has opened, which it takes
// for one: it publishes with any of them, and without having ended the part. A
// service publishes with the store that ended it.
type replicas struct {
	mu sync.Mutex
	// last is the store that opened the part of an upload last.
	last map[string]*s3.Store
	// unended are parts that were closed without a byte.
	unended map[string]bool
}

// replica is one of them.
type replica struct {
	*s3.Store
	all *replicas
}

func (r *replicas) open(t *testing.T, c s3.Config) core.Store {
	t.Helper()
	return replica{openStore(t, c), r}
}

func newReplicas() *replicas {
	return &replicas{last: map[string]*s3.Store{}, unended: map[string]bool{}}
}

func (r replica) Create(ctx context.Context, id string) (core.Part, error) {
	part, err := r.Store.Create(ctx, id)
	if err != nil {
		return nil, err
	}
	r.opened(id)
	return &replicaPart{Part: part, of: r, id: id}, nil
}

func (r replica) Resume(ctx context.Context, id string, size int64, proof []byte) (core.Part, error) {
	part, err := r.Store.Resume(ctx, id, size, proof)
	if err == nil {
		r.opened(id)
	}
	return part, err
}

func (r replica) opened(id string) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	r.all.last[id] = r.Store
}

func (r replica) Publish(ctx context.Context, id string) (string, error) {
	r.all.mu.Lock()
	defer r.all.mu.Unlock()
	if r.all.unended[id] {
		delete(r.all.unended, id)
		blobID, err := r.Put(ctx, id, nil)
		if err != nil {
			return "", err
		}
		return blobID, r.DiscardPart(ctx, id)
	}
	if store := r.all.last[id]; store != nil {
		return store.Publish(ctx, id)
	}
	return r.Store.Publish(ctx, id)
}

// replicaPart makes a part without a byte, which S3 does not know, a multipart
// upload when it is closed.
type replicaPart struct {
	core.Part
	of      replica
	id      string
	touched bool
}

func (p *replicaPart) Append(segments [][]byte) error {
	p.touched = true
	return p.Part.Append(segments)
}

func (p *replicaPart) End() error {
	p.touched = true
	return p.Part.End()
}

func (p *replicaPart) Close() error {
	if p.touched {
		return p.Part.Close()
	}
	p.touched = true
	p.of.all.mu.Lock()
	defer p.of.all.mu.Unlock()
	p.of.all.unended[p.id] = true
	if err := p.of.BeginUpload(context.Background(), p.id); err != nil {
		return err
	}
	return p.Part.Close()
}
