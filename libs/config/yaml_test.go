package config_test

import (
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/config"
)

func TestTheEffectiveConfigurationHasNoSecrets(t *testing.T) {
	type settings struct {
		Name  string `koanf:"name" help:"a name"`
		Token string `koanf:"token" secret:"true" help:"a token"`
	}
	text, err := config.YAML(settings{Name: "n", Token: "secret"})
	require.NoError(t, err)
	require.Contains(t, string(text), "name: \"n\"\n")
	require.NotContains(t, string(text), "secret")
	again, err := config.Load("sluice-test", settings{}, config.Input{Args: []string{"--name", "n"}, Stdout: io.Discard})
	require.NoError(t, err)
	require.Equal(t, "n", again.Name)
}
