package client

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
)

// ErrChecksumDiffers says that a content is not the one that [WithChecksum] named.
// Nothing was stored.
var ErrChecksumDiffers = errors.New("the content does not have the SHA-256 that was given for it")

// WithChecksum names the content by its SHA-256, 64 hexadecimal digits, where the
// caller knows it. It goes before the content, so that a server that has the same
// content in a file that the caller may read answers at once: the receipt says
// Deduplicated or Existed, Sent is 0, and nothing of the content was read.
// Otherwise the content is sent, and must have this SHA-256. An empty text is
// none.
//
// The server answers on the caller's word. Who names a SHA-256 that is not the
// content's gets a file of the content that was named.
func WithChecksum(sha256 string) UploadOption {
	return uploadOption(func(o *uploadOptions) { o.checksum = sha256 })
}

// WithHashFirst reads the whole content for its SHA-256 before anything is sent,
// and then does as [WithChecksum]. It is worth while where the content may be on
// the server already: reading costs about a second a gigabyte. The content is not
// read again to be hashed when it is sent. Content that can be read once only
// can't be uploaded with it.
func WithHashFirst() UploadOption {
	return uploadOption(func(o *uploadOptions) { o.hashFirst = true })
}

// checkChecksum refuses what names no content.
func checkChecksum(sum string) error {
	if digits, err := hex.DecodeString(sum); err != nil || len(digits) != 0 && len(digits) != 32 {
		return fmt.Errorf("WithChecksum %q is no SHA-256; give 64 hexadecimal digits", sum)
	}
	return nil
}

// nameContent makes the checksum a part of the header, hashing the content for it
// where that was asked for.
func (u *upload) nameContent(ctx context.Context) error {
	if err := checkChecksum(u.header.GetChecksum()); err != nil || !u.hashFirst {
		return err
	}
	if u.content.random() == nil {
		return errors.New("WithHashFirst: this content can be read once only, and would be gone; give WithChecksum, or neither")
	}
	u.meter.enter(TransferHashing)
	sum, err := u.digest.sum(ctx, u.content.size())
	if err != nil {
		return err
	}
	if err := u.checkNamed(sum); err != nil {
		return err
	}
	u.header.Checksum = sum
	return nil
}

// checkNamed compares the content's SHA-256 with what it was named by, if it was.
func (u *upload) checkNamed(sum string) error {
	if named := u.header.GetChecksum(); named != "" && named != sum {
		return fmt.Errorf("%w: it is %s, not %s", ErrChecksumDiffers, sum, named)
	}
	return nil
}

// isNamed tells whether a SHA-256 is the one that the content was named by.
func (u *upload) isNamed(sum string) bool {
	return sum != "" && sum == u.header.GetChecksum()
}
