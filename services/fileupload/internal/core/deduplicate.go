package core

import (
	"context"
	"errors"
	"time"
)

// findSame returns a file whose content can be shared; ErrNotFound. A content that
// the store does not have is no such one, and is marked as damaged.
func (u *Uploads) findSame(ctx context.Context, query ContentQuery) (File, error) {
	same, err := u.catalog.FindContent(ctx, query)
	if err != nil {
		return File{}, err
	}
	damage, err := u.lookAt(ctx, &same)
	if err != nil || damage == "" {
		return same, err
	}
	verdict := Verdict{BlobID: same.BlobID, At: time.Now(), Damage: damage}
	return File{}, errors.Join(u.catalog.SaveVerdicts(ctx, []Verdict{verdict}), ErrNotFound)
}

// lookAt looks whether the store has the content of a file, and says what is wrong
// with it, if anything is. It does not read it: that is the scrubber's.
func (u *Uploads) lookAt(ctx context.Context, file *File) (damage string, err error) {
	blob, err := u.store.Open(ctx, file.BlobID)
	switch {
	case errors.Is(err, ErrNotFound):
		return damageLost, nil
	case errors.Is(err, ErrDamaged):
		return damageNotWhat, nil
	case isDiskFault(err):
		return "can't be read: " + err.Error(), nil
	case err != nil:
		return "", err
	}
	defer blob.Close() //nolint:errcheck // a blob opened for reading has nothing to lose
	return sizeDamage(blob.Size(), file.Size), nil
}

// answer makes the file of a new upload without its bytes, when its opening names
// content that the uploader may read. ErrNotFound when there is none, so that the
// client has to send.
func (u *Uploads) answer(ctx context.Context, opening *Opening, upload Upload) (Session, error) {
	if !opening.Bare || upload.Checksum == "" || !opening.Readable.Any {
		return nil, ErrNotFound
	}
	query := ContentQuery{
		Tenant: upload.Tenant, Checksum: upload.Checksum, Size: upload.TotalSize,
		Name: upload.FileName, Now: upload.UpdatedAt, Names: opening.Readable.Names,
		Scanned: u.mustScan(upload.Tenant),
	}
	same, err := u.findSame(ctx, query)
	if err != nil {
		return nil, err
	}
	completion, err := u.completionOf(ctx, opening, upload, &same)
	if err != nil {
		return nil, err
	}
	stored, err := u.catalog.CompleteUpload(ctx, completion)
	if errors.Is(err, ErrContentGone) {
		err = ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	return &replay{uploads: u, upload: stored.Upload}, nil
}

// completionOf is the completion of an upload that shares the content of a file,
// if that fits the upload's name.
func (u *Uploads) completionOf(ctx context.Context, opening *Opening, upload Upload, same *File) (Completion, error) {
	now := time.Now()
	policy := u.limits.Policies.Of(upload.Tenant)
	receipt := newReceipt(&upload, &policy, now)
	receipt.Size, receipt.Checksum = same.Size, same.Checksum
	err := policy.checkSize(same.Size, "total_size")
	if err != nil {
		return Completion{}, err
	}
	if receipt.ContentType, err = policy.typeOf(ctx, u.store, same, upload.FileName); err != nil {
		return Completion{}, err
	}
	if finding := compareTypes(upload.ContentType, receipt.ContentType); finding != nil {
		receipt.Findings = append(receipt.Findings, *finding)
	}
	upload.Status, upload.Receipt = Available, receipt
	upload.Checkpoint.Offset = same.Size
	upload.touch(now, u.limits.ReceiptExpiry)
	completion := Completion{
		Upload: upload, File: newFile(&upload), Unsent: true, IfAbsent: upload.IfAbsent,
		Readable: opening.Readable, MustScan: u.mustScan(upload.Tenant), Quota: u.limits.Quotas.Of(upload.Tenant),
	}
	return completion.Sharing(same), nil
}

// mustScan tells whether the tenant shares only content that a scan has passed.
func (u *Uploads) mustScan(tenant string) bool {
	policy := u.limits.Policies.Of(tenant)
	return u.limits.mayScan(&policy)
}

// discard removes bytes that became no file: the part, and what was published
// under another identifier.
func (u *Uploads) discard(ctx context.Context, id, blobID string) error {
	err := u.store.Discard(ctx, id)
	if blobID != "" && blobID != id {
		err = errors.Join(err, u.store.Discard(ctx, blobID))
	}
	return err
}

// discardLater removes bytes that a file does not need, since it shares others. A
// failure is not the upload's: the janitor finds what is left.
func (u *Uploads) discardLater(ctx context.Context, id, blobID string) {
	if u.discard(ctx, id, blobID) == nil {
		return
	}
	u.note(id)
	if blobID != "" {
		u.note(blobID)
	}
}
