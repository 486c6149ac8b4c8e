package core

import (
	"context"
	"errors"
)

// PutAsPart is [Store.Put] for a store that keeps the content as it keeps an
// upload's: it brings it in as a part and publishes that. After an error nothing of
// it is left.
func PutAsPart(ctx context.Context, store Store, id string, content [][]byte) (blobID string, err error) {
	part, err := store.Create(ctx, id)
	if err != nil {
		return "", err
	}
	err = errors.Join(fill(part, content), part.Close())
	if err == nil {
		blobID, err = store.Publish(ctx, id)
	}
	if err != nil {
		return "", errors.Join(err, store.Discard(ctx, id))
	}
	return blobID, nil
}

// fill makes the part have the content, durably.
func fill(part Part, content [][]byte) error {
	if err := part.Append(content); err != nil {
		return err
	}
	if err := part.End(); err != nil {
		return err
	}
	return part.Sync()
}
