package fsck

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"syscall"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// readBytes is how much is read at once.
const readBytes = 1 << 20

// tenantsPage is how many tenants are read from the catalog at once.
const tenantsPage = 1000

// files compares every file with its content.
func (e *examination) files(ctx context.Context) error {
	if err := e.findTenants(ctx); err != nil {
		return err
	}
	for _, tenant := range e.tenants {
		err := core.EachFile(ctx, e.place.Catalog, tenant, func(file *core.File) error {
			e.report.Files++
			e.report.FileBytes += file.Size
			return e.file(ctx, file)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// findTenants lists the tenants that have anything, if only a usage.
func (e *examination) findTenants(ctx context.Context) error {
	after := ""
	for {
		tenants, err := e.place.Catalog.Tenants(ctx, after, tenantsPage)
		if err != nil || len(tenants) == 0 {
			return err
		}
		e.tenants = append(e.tenants, tenants...)
		e.report.Tenants = len(e.tenants)
		after = tenants[len(tenants)-1]
	}
}

func (e *examination) file(ctx context.Context, file *core.File) error {
	damage, err := e.damageOf(ctx, file)
	if err != nil || damage == "" && e.known(file) == "" {
		return err
	}
	// It may have been deleted meanwhile, or found whole.
	now, err := e.place.Catalog.FindFile(ctx, file.Tenant, file.ID)
	if errors.Is(err, core.ErrNotFound) {
		return nil
	} else if err != nil {
		return err
	}
	if damage = cmp.Or(damage, e.known(&now)); damage == "" {
		return nil
	}
	e.report.problem(Problem{
		Kind: DamagedContent, Tenant: file.Tenant, FileID: file.ID, BlobID: file.BlobID, Detail: damage,
	})
	return nil
}

// known tells what the service has found to be wrong with the content of a file,
// unless that is read now.
func (e *examination) known(file *core.File) string {
	if e.report.Deep || file.Damage == "" {
		return ""
	}
	return fmt.Sprintf("%s, found at %s; --deep reads it again", file.Damage, file.DamagedAt.UTC().Format(time.RFC3339))
}

// damageOf tells what is wrong with the content of a file. Content that bears the
// name of another file is looked at once for all.
func (e *examination) damageOf(ctx context.Context, file *core.File) (string, error) {
	if damage, known := e.shared[file.BlobID]; known {
		return damage, nil
	}
	content := file.Content()
	damage, err := e.look(ctx, &content)
	if errors.Is(err, syscall.EIO) {
		err = nil
	}
	if err == nil && !strings.HasPrefix(file.BlobID, file.ID) {
		e.shared[file.BlobID] = damage
	}
	return damage, err
}

// look tells what is wrong with a content. With an error it says what is if that
// stays.
func (e *examination) look(ctx context.Context, content *core.Content) (damage string, err error) {
	if e.report.Deep {
		v, err := core.ReadBack(ctx, e.place.Store, content, func(sum hash.Hash, blob core.Blob) (int64, error) {
			return e.read(ctx, sum, blob)
		})
		return v.Damage, err
	}
	blob, err := e.place.Store.Open(ctx, content.BlobID)
	switch {
	case errors.Is(err, core.ErrNotFound):
		return "the storage has lost the content", nil
	case errors.Is(err, core.ErrDamaged):
		return "is not what was written", nil
	case err != nil:
		return "can't be opened", err
	}
	if size := blob.Size(); size != content.Size {
		damage = fmt.Sprintf("has %d bytes; its receipt says %d", size, content.Size)
	}
	return damage, blob.Close()
}

// read is a [core.HashBlob].
func (e *examination) read(ctx context.Context, sum hash.Hash, blob core.Blob) (int64, error) {
	if e.buffer == nil {
		e.buffer = make([]byte, readBytes)
	}
	size := int64(0)
	for size < blob.Size() {
		if ctx.Err() != nil {
			return size, context.Cause(ctx)
		}
		chunk := e.buffer[:min(readBytes, blob.Size()-size)]
		n, err := blob.ReadAt(chunk, size)
		sum.Write(chunk[:n])
		size += int64(n)
		e.report.ReadBytes += int64(n)
		if errors.Is(err, io.EOF) {
			return size, nil
		}
		if err != nil {
			return size, err
		}
	}
	return size, nil
}
