package cli

import (
	"bufio"
	"context"
	"strings"
)

// confirm asks whether to delete so much for good. The end of the input is a no;
// an interrupt ends the asking with its cause.
func (a *app) confirm(ctx context.Context, what string) (bool, error) {
	a.notef("This deletes %s for good. Go on? [y/N] ", what)
	answered := make(chan string, 1)
	go func() {
		answer, _ := bufio.NewReader(a.env.Stdin).ReadString('\n')
		answered <- answer
	}()
	select {
	case answer := <-answered:
		switch strings.ToLower(strings.TrimSpace(answer)) {
		case "y", "yes":
			return true, nil
		}
		a.notef("nothing was deleted")
		return false, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}
