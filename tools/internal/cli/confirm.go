package cli

import (
	"bufio"
	"context"
	"strings"
)

// confirm asks whether to delete so much for good.
func (a *app) confirm(ctx context.Context, what string) (bool, error) {
	return a.ask(ctx, "This deletes "+what+" for good.", "nothing was deleted")
}

// ask tells what is about to happen and asks whether to go on. The end of the
// input is a no, and answered with unchanged; an interrupt ends the asking with
// its cause.
func (a *app) ask(ctx context.Context, what, unchanged string) (bool, error) {
	a.notef("%s Go on? [y/N] ", what)
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
		a.notef("%s", unchanged)
		return false, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
	}
}
