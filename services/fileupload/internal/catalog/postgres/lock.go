package postgres

import (
	"context"
	"hash/fnv"

	"github.com/jackc/pgx/v5"
)

// Locks are taken in this order: those of contents by their keys, rows, the stripe
// of the usage, and at last that of the quota. They last until the transaction's
// end.

// lockKey names an advisory lock. Two that share a key by chance wait for each
// other without need.
type lockKey int64

// contentLock is that of who adds or removes files of a content, or judges it:
// nobody else does meanwhile.
func contentLock(tenant, checksum string) lockKey { return keyOf("content", tenant, checksum) }

// quotaLock is that of who has used more of a tenant's quota and commits.
func quotaLock(tenant string) lockKey { return keyOf("quota", tenant) }

// keyOf has to be the same in every version, since replicas of two may run.
func keyOf(parts ...string) lockKey {
	hash := fnv.New64a()
	for _, part := range parts {
		_, _ = hash.Write([]byte(part))
		_, _ = hash.Write([]byte{0})
	}
	return lockKey(hash.Sum64())
}

// acquireLock is a statement of its own: what follows sees what those have
// committed that it has waited for.
const acquireLock = `SELECT pg_advisory_xact_lock($1)`

// acquire waits for the locks, one after another.
func acquire(ctx context.Context, tx pgx.Tx, keys ...lockKey) error {
	var batch pgx.Batch
	for _, key := range keys {
		batch.Queue(acquireLock, int64(key))
	}
	return tx.SendBatch(ctx, &batch).Close()
}
