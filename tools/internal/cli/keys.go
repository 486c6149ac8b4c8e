package cli

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

func (a *app) keysCommand() *cobra.Command {
	var file string
	cmd := group("keys", "Make, list and revoke the API keys that a server takes",
		a.keysCreateCommand(&file),
		a.keysListCommand(&file),
		a.keysRevokeCommand(&file),
	)
	cmd.Long = `Make, list and revoke the API keys that a server takes.

The keys are in a file that the server reads. It has only hashes: the text of a
key is printed once, when it is made.`
	cmd.PersistentFlags().StringVar(&file, "file", "keys.yaml", "the server's `file` of keys")
	return without(cmd, connection()...)
}

// expiry returns the moment that a lifetime ends, the zero time for none.
func (a *app) expiry(lifetime string) (time.Time, error) {
	if lifetime == "" {
		return time.Time{}, nil
	}
	d, err := human.ParseLifetime(lifetime)
	if err != nil {
		return time.Time{}, fmt.Errorf("--expires: %w", err)
	}
	return a.env.Now().Add(d), nil
}

// printNewKey writes the text of the key alone to standard output, so that it
// can be piped, and the rest to standard error.
func (a *app) printNewKey(text string, key apikey.Key) error {
	if a.globals.json {
		return printJSON(a.env.Stdout, newKeyView{keyView: viewKey(key, a.env.Now()), Key: text})
	}
	if err := a.printf("%s\n", text); err != nil {
		return err
	}
	if !a.globals.quiet {
		a.notef("This is the only time that the key is shown: only its hash is kept. Its id is %s.", key.ID)
	}
	return nil
}

func (a *app) keysListCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use: "list", Aliases: []string{"ls"}, Short: "List the keys of the file",
		Args: args(cobra.NoArgs, "no arguments"),
		RunE: func(*cobra.Command, []string) error {
			set, err := apikey.Load(*file)
			if err != nil {
				return err
			}
			now := a.env.Now()
			return printList(a, keyColumns(), mapped(set.Keys(), func(k apikey.Key) keyView { return viewKey(k, now) }))
		},
	}
}

func (a *app) keysRevokeCommand(file *string) *cobra.Command {
	return &cobra.Command{
		Use: "revoke KEY_ID...", Aliases: []string{"rm"}, Short: "Remove keys, so that the server refuses them",
		Args: args(cobra.MinimumNArgs(1), "at least one KEY_ID; `sluice keys list` shows them"),
		RunE: func(_ *cobra.Command, args []string) error {
			// All or none: an id that is mistyped must not pass unnoticed.
			err := apikey.Update(*file, func(set *apikey.Set) error {
				var errs []error
				for _, id := range args {
					errs = append(errs, set.Revoke(id))
				}
				return errors.Join(errs...)
			})
			if err != nil {
				return err
			}
			return each(args, func(id string) error { return a.report(result{ID: id, Status: "revoked"}) })
		},
	}
}
