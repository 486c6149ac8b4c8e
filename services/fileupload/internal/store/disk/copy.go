package disk

import (
	"context"
	"errors"
	"io"
	"os"
	"syscall"
)

// copyStep is the number of bytes copied between two looks at the context.
const copyStep = 64 << 20

// Copy gives the blob a second name by a hard link: at once, and without room
// of its own. That is safe because a blob never changes and is only ever
// unlinked; damage of the disk hits both. Where the file system refuses the
// link the bytes are copied.
func (s *Store) Copy(ctx context.Context, from, to string) error {
	source, err := placeOf(from)
	if err != nil {
		return err
	}
	target, err := placeOf(to)
	if err != nil {
		return err
	}
	err = s.root.Link(source.blob, target.blob)
	if linkRefused(err) {
		return s.copyBytes(ctx, source, to)
	}
	if err != nil {
		return explain("copy blob", err)
	}
	return s.syncFolders(target.folder)
}

// linkRefused tells whether the file system has no hard links or no more for
// this file.
func linkRefused(err error) bool {
	return errors.Is(err, syscall.EMLINK) || errors.Is(err, syscall.EPERM) || errors.Is(err, syscall.ENOTSUP)
}

// copyBytes brings the content in as a part of its own and publishes that.
func (s *Store) copyBytes(ctx context.Context, source place, to string) error {
	blob, err := s.openBlob(source)
	if err != nil {
		return explain("copy blob", err)
	}
	p, err := s.Create(ctx, to)
	if err != nil {
		return errors.Join(err, blob.Close())
	}
	err = errors.Join(fillPart(ctx, p.(*part), blob), p.Close(), blob.Close())
	if err == nil {
		err = s.Publish(ctx, to)
	}
	if err != nil {
		return errors.Join(err, s.Discard(ctx, to))
	}
	return nil
}

func fillPart(ctx context.Context, p *part, from *blob) error {
	if err := copyAll(ctx, p.file, from.file); err != nil {
		return explain("copy blob", err)
	}
	return p.Sync()
}

// copyAll leaves the copying to the kernel where it can.
func copyAll(ctx context.Context, to, from *os.File) error {
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := io.CopyN(to, from, copyStep)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
