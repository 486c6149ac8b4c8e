package clamd

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/sluice-ingest/sluice/services/fileupload/internal/core"
)

// Scanner asks one clamd. Safe for concurrent use.
type Scanner struct {
	config Config
	// turns has a chunk's buffer for each scan that may begin: nil, until a scan
	// needed it.
	turns chan []byte
}

var _ core.Scanner = (*Scanner)(nil)

// New makes no connection yet; see [Scanner.Check].
func New(config Config) *Scanner {
	s := &Scanner{config: config.withDefaults()}
	s.turns = make(chan []byte, s.config.MaxScans)
	for range s.config.MaxScans {
		s.turns <- nil
	}
	return s
}

// Scan sends the content to clamd and returns its verdict. The error wraps
// [core.ErrUnscannable] when clamd's limits keep it from looking at all of the
// content, ctx's error when ctx ended, and content's error when it could not be
// read. Any other says that clamd failed, that it did not answer within
// [Config.Timeout], or that no turn came within it; another attempt may succeed.
//
// The content is read from the calling goroutine. A Read that blocks is not
// interrupted by the end of ctx.
func (s *Scanner) Scan(ctx context.Context, content io.Reader) (core.ScanVerdict, error) {
	buffer, err := s.takeTurn(ctx)
	if err != nil {
		return core.ScanVerdict{}, err
	}
	defer func() { s.turns <- buffer }()
	if buffer == nil {
		buffer = make([]byte, bufferSize)
	}
	var answer string
	err = s.talk(ctx, func(c *conversation) error {
		answer, err = c.instream(content, buffer)
		return err
	})
	if err != nil {
		return core.ScanVerdict{}, err
	}
	return parseVerdict(answer)
}

func (s *Scanner) takeTurn(ctx context.Context) ([]byte, error) {
	late := time.NewTimer(s.config.Timeout)
	defer late.Stop()
	select {
	case buffer := <-s.turns:
		return buffer, nil
	case <-ctx.Done():
		return nil, fmt.Errorf("waiting for a turn to scan: %w", ctx.Err())
	case <-late.C:
		return nil, fmt.Errorf("all %d scans have been busy for %v: is clamd at %s overloaded?",
			s.config.MaxScans, s.config.Timeout, s.config.Address)
	}
}
