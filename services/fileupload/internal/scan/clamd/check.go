package clamd

import (
	"context"
	"fmt"
	"strings"
)

// Check asks clamd whether it is there, at most for [Config.Timeout]. It waits
// for no turn. Success does not say that scans succeed.
func (s *Scanner) Check(ctx context.Context) error {
	answer, err := s.command(ctx, "PING")
	if err != nil {
		return err
	}
	if answer != "PONG\x00" {
		return fmt.Errorf("%s answers PING with %s: is it clamd at all?", s.config.Address, excerpt(answer))
	}
	return nil
}

// Version returns clamd's version and, when it has an official database, that
// one's version and date: `ClamAV 1.4.6/27821/Mon Nov 23 09:26:17 2026`.
func (s *Scanner) Version(ctx context.Context) (string, error) {
	answer, err := s.command(ctx, "VERSION")
	return printable(strings.TrimSuffix(answer, "\x00")), err
}

func (s *Scanner) command(ctx context.Context, name string) (answer string, err error) {
	err = s.talk(ctx, func(c *conversation) error {
		answer, err = c.command(name)
		return err
	})
	return answer, err
}
