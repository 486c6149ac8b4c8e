package cli

import (
	"context"
	"strconv"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/seal"
)

func (a *app) encryptionCommand() *cobra.Command {
	cmd := group("encryption", "Make and rotate the key that data at rest is encrypted with",
		a.encryptionCreateKeyCommand(),
		a.encryptionRotateKeyCommand(),
		a.encryptionShowKeyCommand(),
		a.encryptionDropKeyCommand(),
		a.encryptionRewrapCommand(),
	)
	cmd.Long = `Make and rotate the key that data at rest is encrypted with.

The outer key is in a FILE of mode 0600 that encryption.key of a service names.
It is in clear text: keep it outside the data folder, and a copy of it where no
copy of the data is. Who loses it loses the data.

To rotate it: rotate-key, restart the service, stop it, rewrap, drop-key. Only
the keys of the files are written anew, not the files.`
	return without(cmd, connection()...)
}

func (a *app) encryptionCreateKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "create-key FILE", Short: "Make a FILE with a new key",
		Args: args(cobra.ExactArgs(1), "one FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := seal.CreateKeyset(args[0])
			if err != nil {
				return err
			}
			return a.report(result{ID: keyID(key.ID), Status: "created"})
		},
	}
}

func (a *app) encryptionRotateKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rotate-key FILE", Short: "Add a key to the FILE for everything new, and keep the others for what there is",
		Args: args(cobra.ExactArgs(1), "one FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			key, err := seal.RotateKeyset(args[0])
			if err != nil {
				return err
			}
			return a.report(result{ID: keyID(key.ID), Status: "added"})
		},
	}
}

func (a *app) encryptionShowKeyCommand() *cobra.Command {
	return &cobra.Command{
		Use: "show-key FILE", Short: "List the keys in the FILE, without what is secret",
		Args: args(cobra.ExactArgs(1), "one FILE"),
		RunE: func(_ *cobra.Command, args []string) error {
			keys, err := seal.ShowKeyset(args[0])
			if err != nil {
				return err
			}
			return printList(a, []string{"KEY ID", "PRIMARY", "ENABLED", "TYPE"}, mapped(keys, viewEncryptionKey))
		},
	}
}

func (a *app) encryptionDropKeyCommand() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use: "drop-key FILE KEY_ID", Short: "Remove a key from the FILE for good, when everything is rewrapped",
		Long: `Remove a key from the FILE for good, when everything is rewrapped.

Whatever is still wrapped by the key can't be read any more: run rewrap first.
It is asked for at a terminal; elsewhere --yes is needed.`,
		Args: args(cobra.ExactArgs(2), "a FILE and a KEY_ID; `sluice encryption show-key` shows them"),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := strconv.ParseUint(args[1], 10, 32)
			if err != nil {
				return usageErrorf("KEY_ID %q is no number of 32 bits; `sluice encryption show-key` shows them", args[1])
			}
			if !yes {
				if agreed, err := a.askToDropKey(cmd.Context(), args[1]); err != nil || !agreed {
					return err
				}
			}
			if err := seal.DropKey(args[0], uint32(id)); err != nil {
				return err
			}
			return a.report(result{ID: args[1], Status: "dropped"})
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask")
	return cmd
}

func (a *app) askToDropKey(ctx context.Context, id string) (bool, error) {
	loss := "whatever is still wrapped by key " + id + " can't be read any more; run `sluice encryption rewrap` first"
	if !a.env.InteractiveStdin {
		return false, usageErrorf("give --yes, since there is no terminal to ask at: %s", loss)
	}
	return a.ask(ctx, "This drops a key for good: "+loss+".", "nothing was dropped")
}

func keyID(id uint32) string { return strconv.FormatUint(uint64(id), 10) }
