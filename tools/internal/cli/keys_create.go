package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/sluice-ingest/sluice/libs/apikey"
	"github.com/sluice-ingest/sluice/libs/principal"
	"github.com/sluice-ingest/sluice/tools/internal/human"
)

// newKey are the flags of a key to make.
type newKey struct {
	tenant, subject, expires, description string

	scopes                       []string
	files, sources, applications []string
}

func (k *newKey) register(flags *pflag.FlagSet) {
	flags.StringVar(&k.tenant, "tenant", "", "`name` of the tenant whose data the key opens (required)")
	flags.StringVar(&k.subject, "subject", "", "`name` of who uses the key (required)")
	flags.StringSliceVar(&k.scopes, "scopes", nil, "`scopes` that the key has, separated by commas, such as files:write,files:read; all for every one (required)")
	flags.StringArrayVar(&k.files, "allow-files", nil, "only files with this `name`, or beginning with what is before a * at its end; may be repeated")
	flags.StringArrayVar(&k.sources, "allow-sources", nil, "only points of this `source`, likewise; may be repeated")
	flags.StringArrayVar(&k.applications, "allow-applications", nil, "only log entries of this `application`, likewise; may be repeated")
	flags.StringVar(&k.expires, "expires", "", "refuse the key after this `time`, such as 90d or 12h; never by default")
	flags.StringVar(&k.description, "description", "", "a note for people")
}

func (a *app) keysCreateCommand(file *string) *cobra.Command {
	var flags newKey
	cmd := &cobra.Command{
		Use: "create", Short: "Make a key and print it, once",
		Long: `Make a key and print it, once.

A scope lets the key call some of a server's methods. The scopes are
` + strings.Join(scopeNames(), ", ") + `.
The flags --allow-files, --allow-sources and --allow-applications narrow what it
may do that to, in writing, reading and deleting; none of a kind narrows nothing.`,
		Args: args(cobra.NoArgs, "no arguments; give --tenant, --subject and --scopes"),
		RunE: func(*cobra.Command, []string) error {
			wanted, err := a.wantedKey(&flags)
			if err != nil {
				return err
			}
			text, key, err := apikey.Generate(wanted, a.env.Now())
			if err != nil {
				return usageError{err}
			}
			err = apikey.Update(*file, func(set *apikey.Set) error { return set.Add(key) })
			if errors.Is(err, fs.ErrNotExist) {
				return fmt.Errorf("there is no folder %s; make it, or give the file of keys with --file", human.Text(filepath.Dir(*file)))
			}
			if err != nil {
				return err
			}
			return a.printNewKey(text, key)
		},
	}
	flags.register(cmd.Flags())
	if err := cmd.RegisterFlagCompletionFunc("scopes", completeScopes); err != nil {
		panic(err) // There is no such flag: a mistake of this function.
	}
	return cmd
}

// wantedKey is what the flags say of the key.
func (a *app) wantedKey(flags *newKey) (apikey.Key, error) {
	err := required(map[string]string{
		"--tenant": flags.tenant, "--subject": flags.subject, "--scopes": strings.Join(flags.scopes, ","),
	})
	if err != nil {
		return apikey.Key{}, err
	}
	expiry, err := a.expiry(flags.expires)
	if err != nil {
		return apikey.Key{}, usageError{err}
	}
	key := apikey.Key{
		Tenant: flags.tenant, Subject: flags.subject, ExpiresAt: expiry, Description: flags.description,
		Scopes: mapped(flags.scopes, func(s string) principal.Scope { return principal.Scope(strings.TrimSpace(s)) }),
		Allow:  principal.Grants{Files: flags.files, Sources: flags.sources, Applications: flags.applications},
	}
	return key, checkNewKey(&key)
}

// checkNewKey names the flag that has to be another.
func checkNewKey(key *apikey.Key) error {
	if err := apikey.CheckName("tenant", key.Tenant); err != nil {
		return usageErrorf("--%w", err)
	}
	if err := apikey.CheckName("subject", key.Subject); err != nil {
		return usageErrorf("--%w", err)
	}
	if err := apikey.CheckRights(key.Scopes, principal.Grants{}); err != nil {
		return usageErrorf("--scopes: %w", err)
	}
	if err := apikey.CheckGrants(key.Allow); err != nil {
		return usageErrorf("--allow-%w", err)
	}
	return nil
}

func scopeNames() []string {
	return mapped(principal.Scopes(), func(s principal.Scope) string { return string(s) })
}

// completeScopes completes the last of the scopes that are being typed.
func completeScopes(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	before := typed[:strings.LastIndexByte(typed, ',')+1]
	given := strings.Split(before, ",")
	var names []string
	for _, name := range scopeNames() {
		if !slices.Contains(given, name) && strings.HasPrefix(before+name, typed) {
			names = append(names, before+name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp | cobra.ShellCompDirectiveNoSpace
}

// grantsText writes grants in a line, empty for none.
func grantsText(g principal.Grants) string {
	var parts []string
	for _, kind := range []struct {
		name     string
		patterns principal.Patterns
	}{{"files", g.Files}, {"sources", g.Sources}, {"applications", g.Applications}} {
		if !kind.patterns.Unlimited() {
			parts = append(parts, fmt.Sprintf("%s: %s", kind.name, strings.Join(kind.patterns, " ")))
		}
	}
	return strings.Join(parts, "; ")
}
