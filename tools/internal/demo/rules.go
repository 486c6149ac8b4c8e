package demo

import (
	"context"
	_ "embed" // for the rules
	"fmt"
	"os"
	"strings"
)

const rulesName = "rules.yaml"

//go:embed rules.yaml
var rules string

// writeRules writes the rules file of the log service.
func (d *demo) writeRules(context.Context) (string, error) {
	if err := os.WriteFile(d.path(rulesName), []byte(rules), 0o600); err != nil {
		return "", fmt.Errorf("write the rules: %w", err)
	}
	for line := range strings.Lines(rules) {
		d.stage.linef("%s", strings.TrimRight(line, "\n"))
	}
	return "rules to drop, sample, redact, classify and enrich", nil
}
