package tests

import (
	"cmp"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/sluice-ingest/sluice/libs/testkit"
)

// setting is one of a configuration file.
type setting struct {
	key     string // With dots: "server.tls.cert_file".
	value   string
	comment string
}

func (s setting) flag() string {
	return "--" + strings.NewReplacer(".", "-", "_", "-").Replace(strings.TrimPrefix(s.key, "server."))
}

// settingsOf reads a configuration in the order of its lines.
func settingsOf(t *testing.T, text []byte) []setting {
	t.Helper()
	var document yaml.Node
	require.NoError(t, yaml.Unmarshal(text, &document))
	require.Len(t, document.Content, 1)
	return appendSettings(nil, "", document.Content[0])
}

func appendSettings(all []setting, prefix string, section *yaml.Node) []setting {
	for i := 0; i < len(section.Content); i += 2 {
		key, value := section.Content[i], section.Content[i+1]
		if value.Kind == yaml.MappingNode {
			all = appendSettings(all, prefix+key.Value+".", value)
			continue
		}
		all = append(all, setting{key: prefix + key.Value, value: settingText(value), comment: key.HeadComment})
	}
	return all
}

func settingText(value *yaml.Node) string {
	if value.Kind == yaml.ScalarNode {
		return value.Value
	}
	var items []string
	for _, item := range value.Content {
		items = append(items, item.Value)
	}
	return fmt.Sprint(items)
}

// printed are the settings in force with these arguments, by their keys.
func printed(t *testing.T, binary string, args ...string) map[string]string {
	t.Helper()
	outcome := testkit.Run(t, 20*time.Second, binary, append([]string{"--print-config"}, args...)...)
	require.Zero(t, outcome.ExitCode, outcome.Output)
	all := map[string]string{}
	for _, s := range settingsOf(t, []byte(outcome.Output)) {
		all[s.key] = s.value
	}
	return all
}

// TestProductionSettingsHaveAReasonAndAnEffect wants each setting of the
// production files to change something, or to say that it is the default.
func TestProductionSettingsHaveAReasonAndAnEffect(t *testing.T) {
	for _, service := range append(slices.Clone(productionServices), productionReplica) {
		t.Run(cmp.Or(service.config, service.name), func(t *testing.T) {
			binary, file := service.build(t), service.file(t)
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			defaults, inForce := printed(t, binary), printed(t, binary, "--config", file)
			for _, s := range settingsOf(t, text) {
				require.NotEmpty(t, s.comment, "%s has no reason", s.key)
				require.Contains(t, inForce, s.key)
				saysDefault := strings.Contains(s.comment, "# The default")
				isDefault := defaults[s.key] == inForce[s.key]
				require.Equal(t, isDefault, saysDefault, "%s is %q, the default %q; its comment is %q",
					s.key, inForce[s.key], defaults[s.key], s.comment)
			}
		})
	}
}
