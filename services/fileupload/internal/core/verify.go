package core

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"syscall"
	"time"
)

// What is wrong with content, in words that files carry.
const (
	damageLost     = "the storage has lost the content"
	damageNotWhat  = "is not what was written"
	damageChecksum = "has another SHA-256 than its receipt says"
)

// Verification is what reading a file back has shown.
type Verification struct {
	Intact bool
	// Checksum is the SHA-256 of the bytes read; empty when not all could be.
	Checksum string
	// Size is the number of bytes read.
	Size int64
	// Damage says what is wrong; empty when intact.
	Damage string
}

// HashBlob adds what a blob has to sum, and returns how many bytes that were. One
// that ends early is no error.
type HashBlob func(sum hash.Hash, blob Blob) (size int64, err error)

// ReadBack reads what the store has of a content and compares it with its size
// and SHA-256. An error says that it could not be read, by the storage's fault or
// for a while only: then Damage is what is wrong if it stays so. What was deleted
// meanwhile looks lost.
func ReadBack(ctx context.Context, store Store, content *Content, read HashBlob) (Verification, error) {
	blob, err := store.Open(ctx, content.BlobID)
	switch {
	case errors.Is(err, ErrNotFound):
		return Verification{Damage: damageLost}, nil
	case errors.Is(err, ErrDamaged):
		return Verification{Damage: damageNotWhat}, nil
	case err != nil:
		return Verification{Damage: "can't be opened"}, err
	}
	defer blob.Close() //nolint:errcheck // a blob opened for reading has nothing to lose
	sum := sha256.New()
	size, err := read(sum, blob)
	if err == nil {
		return compare(content, size, sum), nil
	}
	v := Verification{Size: size, Damage: fmt.Sprintf("can't be read after %d bytes", size)}
	if errors.Is(err, ErrDamaged) {
		err = nil
	}
	return v, err
}

func compare(content *Content, size int64, sum hash.Hash) Verification {
	v := Verification{Checksum: hex.EncodeToString(sum.Sum(nil)), Size: size}
	switch {
	case size != content.Size:
		v.Damage = sizeDamage(size, content.Size)
	case v.Checksum != content.Checksum:
		v.Damage = damageChecksum
	default:
		v.Intact = true
	}
	return v
}

// sizeDamage says what is wrong with a content of a size, empty for nothing.
func sizeDamage(size, want int64) string {
	if size == want {
		return ""
	}
	return fmt.Sprintf("has %d bytes; its receipt says %d", size, want)
}

// isDiskFault tells whether a disk could not read what it has, while others might.
func isDiskFault(err error) bool { return errors.Is(err, syscall.EIO) }

// Content is what the file has.
func (f *File) Content() Content {
	return Content{BlobID: f.BlobID, Tenant: f.Tenant, Size: f.Size, Checksum: f.Checksum}
}

// Verify reads a file back, compares it with its size and SHA-256, and stores the
// verdict with the file. Damage is not an error.
func (f *Files) Verify(ctx context.Context, tenant, id string) (Verification, error) {
	file, err := f.Find(ctx, tenant, id)
	if err != nil {
		return Verification{}, err
	}
	content := file.Content()
	v, err := ReadBack(ctx, f.store, &content, func(sum hash.Hash, blob Blob) (int64, error) {
		return f.verifying.hash(ctx, tenant, sum, blob)
	})
	switch {
	case ctx.Err() != nil:
		return Verification{}, context.Cause(ctx)
	case err != nil && !isDiskFault(err):
		return Verification{}, callFailure(err)
	case !v.Intact:
		// It may have been deleted meanwhile.
		if _, err := f.Find(ctx, tenant, id); err != nil {
			return Verification{}, err
		}
	}
	f.saveVerdict(ctx, file.BlobID, v.Damage)
	return v, nil
}

// SaveMismatch stores that the content of a file, read to its end, has another
// SHA-256 than it should have.
func (f *Files) SaveMismatch(ctx context.Context, file *File) {
	f.saveVerdict(ctx, file.BlobID, damageChecksum)
}

// saveVerdict stores a verdict. A failure takes nothing from whoever asked to
// read: the scrubber comes to the same verdict later.
func (f *Files) saveVerdict(ctx context.Context, blobID, damage string) {
	verdict := Verdict{BlobID: blobID, At: time.Now(), Damage: damage}
	_ = f.catalog.SaveVerdicts(context.WithoutCancel(ctx), []Verdict{verdict})
}
