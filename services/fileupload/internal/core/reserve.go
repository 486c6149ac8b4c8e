package core

import (
	"context"
	"errors"
)

// leastStep is the smallest step in which room is reserved ahead. What a tenant
// has less than that is reserved as it is needed.
const leastStep = 64 << 10

// stepwise has reserve set aside so many bytes, and up to step bytes more: as many
// as the quota has, by halves. It returns what was reserved.
func stepwise(bytes, step int64, reserve func(bytes int64) error) (reserved int64, err error) {
	for {
		err := reserve(bytes + step)
		over, exceeded := errors.AsType[*QuotaError](err)
		if !exceeded || over.Quota != QuotaFileBytes || step == 0 {
			return bytes + step, err
		}
		if step /= 2; step < leastStep {
			step = 0
		}
	}
}

// register brings a new upload into the catalog with the room that it declares.
// One that does not declare its size gets room for a beginning, if there is any.
func (u *Uploads) register(ctx context.Context, upload *Upload) (err error) {
	bytes, step := upload.TotalSize, int64(0)
	if bytes == UnknownSize {
		bytes, step = 0, u.limits.CheckpointBytes
	}
	upload.Reserved, err = stepwise(bytes, step, func(bytes int64) error {
		reserving := *upload
		reserving.Reserved = bytes
		return u.catalog.CreateUpload(ctx, reserving, u.limits.Quotas.Of(upload.Tenant))
	})
	return err
}

// reserve has room for a file of so many bytes before they are taken in. What is
// acknowledged is always within the quota.
func (s *receiving) reserve(ctx context.Context, size int64) (err error) {
	if !s.registered || size <= s.reserved {
		return nil
	}
	limits := &s.uploads.limits
	reserved, err := stepwise(size, limits.CheckpointBytes, func(bytes int64) error {
		return s.uploads.catalog.Reserve(ctx, s.upload, bytes, limits.Quotas.Of(s.upload.Tenant))
	})
	if err != nil {
		return failure(endedElsewhere(err))
	}
	s.reserved = reserved
	return nil
}
