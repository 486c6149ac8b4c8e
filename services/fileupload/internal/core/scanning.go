package core

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// Unscannable says what becomes of content that could not be scanned, because it
// is too large for example, or because the scanner failed.
type Unscannable string

// What can become of it.
const (
	// RejectUnscannable refuses it: for good when no scan would succeed, else until
	// one does. It is what the empty text stands for.
	RejectUnscannable Unscannable = "reject"
	// QuarantineUnscannable keeps it where only a decision releases it.
	QuarantineUnscannable Unscannable = "quarantine"
	// AcceptUnscannable makes it a file, with a finding in the receipt.
	AcceptUnscannable Unscannable = "accept"
)

// Scans says how contents are scanned before they become files.
type Scans struct {
	// Scanner looks at them; nil scans nothing.
	Scanner Scanner
	// Unscannable is for what could not be scanned.
	Unscannable Unscannable
	// Timeout bounds a scan, the wait for its turn included; 0 is no bound.
	Timeout time.Duration
	// MaxBytes is the largest content that the scanner is asked about; 0 is no
	// bound.
	MaxBytes int64
	// QuarantineExpiry is how long a file in quarantine is kept.
	QuarantineExpiry time.Duration
}

// notScanned is the reason of the finding that a file was stored without a scan.
const notScanned = "NOT_SCANNED"

var errScanTimeout = errors.New("the scan took too long")

// mayScan tells whether what was received is scanned unless the tenant has it
// already, scanned.
func (s *receiving) mayScan() bool { return s.uploads.limits.mayScan(&s.policy) }

// mayScan tells whether contents are scanned under a policy.
func (l *Limits) mayScan(policy *Policy) bool { return l.Scans.Scanner != nil && !policy.Unscanned }

// beforeScan makes a checkpoint of all that was received, so that nothing is sent
// again when the scan fails.
func (s *receiving) beforeScan(ctx context.Context) error {
	if !s.mayScan() || !s.registered {
		return nil
	}
	return s.settle(ctx)
}

// scan has the published content scanned, and returns the completion that the
// verdict makes of it.
func (s *receiving) scan(ctx context.Context, completion Completion) (Completion, error) {
	if !s.mayScan() {
		return completion, nil
	}
	s.finishing.Store(Scanning)
	scans := &s.uploads.limits.Scans
	verdict, err := scans.look(ctx, s.uploads.store, &completion.File)
	switch {
	case err != nil:
		return scans.unscanned(completion, err)
	case verdict.Infected:
		return scans.quarantine(completion, "the scanner found "+verdict.Signature), nil
	default:
		completion.File.Scanned = true
		return completion, nil
	}
}

// look asks the scanner about a content. Errors of the content and the end of the
// stream are problems; all others are about the scan.
func (s *Scans) look(ctx context.Context, store Store, file *File) (verdict ScanVerdict, err error) {
	if s.MaxBytes > 0 && file.Size > s.MaxBytes {
		return verdict, fmt.Errorf("has %d bytes, and only contents of up to %d are scanned: %w", file.Size, s.MaxBytes, ErrUnscannable)
	}
	ctx, cancel := s.lifetime(ctx)
	defer cancel()
	content, err := openScanned(ctx, store, file)
	if err != nil {
		return verdict, failure(err)
	}
	defer content.Close() //nolint:errcheck // a blob opened for reading has nothing to lose
	verdict, err = s.Scanner.Scan(ctx, content)
	switch {
	case err != nil && ctx.Err() != nil:
		// What the content's reader says then only comes of the end.
		return verdict, fmt.Errorf("%w: %w", context.Cause(ctx), err)
	case content.err != nil:
		return verdict, failure(content.err)
	case err == nil && !verdict.Infected && content.read < file.Size:
		return verdict, fmt.Errorf("the scanner called the content clean after %d of its %d bytes", content.read, file.Size)
	default:
		return verdict, err
	}
}

// unscanned is the completion of what could not be scanned.
func (s *Scans) unscanned(completion Completion, err error) (Completion, error) {
	if _, ok := errors.AsType[*problem.Error](err); ok {
		return completion, err
	}
	never := errors.Is(err, ErrUnscannable)
	why := "not scanned, since the scanner failed"
	if never {
		why = "not scanned, since the scanner can't look into all of it"
	}
	switch {
	case s.Unscannable == QuarantineUnscannable:
		return s.quarantine(completion, why), nil
	case s.Unscannable == AcceptUnscannable:
		receipt := completion.Upload.Receipt
		receipt.Findings = append(receipt.Findings, Finding{Reason: notScanned, Field: "data", Description: why})
		return completion, nil
	case never:
		return completion, problem.Because(problem.NotScannable, err,
			"the scanner can't look into all of this content, and nothing is taken without; send smaller files that are not encrypted")
	default:
		return completion, problem.Because(problem.ScanFailed, err, "the scanner failed; try again with the same upload_id")
	}
}

// quarantine returns the completion of a file that nobody can read.
func (s *Scans) quarantine(completion Completion, why string) Completion {
	receipt := *completion.Upload.Receipt
	receipt.Quarantine = why
	completion.Upload.Receipt = &receipt
	completion.Upload.Status, completion.File.Status = Quarantined, FileQuarantined
	completion.File.Quarantine = why
	until := receipt.CreatedAt.Add(s.QuarantineExpiry)
	if at := completion.File.ExpiresAt; at.IsZero() || until.Before(at) {
		completion.File.ExpiresAt = until
	}
	return completion
}

// answer is what the uploader gets for the receipt.
func (r *Receipt) answer() (*Receipt, error) {
	if r.Quarantine == "" {
		return r, nil
	}
	return nil, problem.New(problem.Quarantined,
		"the file is in quarantine: %s; nobody can read it before somebody with the scope files:quarantine has released it", r.Quarantine)
}
