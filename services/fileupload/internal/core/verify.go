package core

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"

	"github.com/sluice-ingest/sluice/libs/problem"
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

// Verify reads a file back and compares it with its size and SHA-256. Damage is
// not an error.
func (f *Files) Verify(ctx context.Context, tenant, id string) (Verification, error) {
	file, err := f.Find(ctx, tenant, id)
	if err != nil {
		return Verification{}, err
	}
	blob, err := f.Open(ctx, &file)
	if problem.ReasonOf(err) == problem.ContentDamaged {
		return Verification{Damage: "the storage has lost the content"}, nil
	}
	if err != nil {
		return Verification{}, err
	}
	defer blob.Close() //nolint:errcheck // a blob opened for reading has nothing to lose
	sum := sha256.New()
	size, err := f.verifying.hash(ctx, tenant, sum, blob)
	if ctx.Err() != nil {
		return Verification{}, context.Cause(ctx)
	}
	if err != nil {
		return Verification{Size: size, Damage: fmt.Sprintf("can't be read after %d bytes", size)}, nil
	}
	return compare(&file, size, sum), nil
}

func compare(file *File, size int64, sum hash.Hash) Verification {
	v := Verification{Checksum: hex.EncodeToString(sum.Sum(nil)), Size: size}
	switch {
	case size != file.Size:
		v.Damage = fmt.Sprintf("has %d bytes; its receipt says %d", size, file.Size)
	case v.Checksum != file.Checksum:
		v.Damage = "has another SHA-256 than its receipt says"
	default:
		v.Intact = true
	}
	return v
}
