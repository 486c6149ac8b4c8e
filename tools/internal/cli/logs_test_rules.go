package cli

import (
	"context"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-ingest/sluice/libs/client"
	"github.com/sluice-ingest/sluice/tools/internal/human"
	"github.com/sluice-ingest/sluice/tools/internal/logfile"
	"github.com/sluice-ingest/sluice/tools/internal/logsend"
)

const (
	// maxTrial is how many entries the service takes at once for a trial, and
	// maxTrialBytes how many bytes fit into a message with much room.
	maxTrial      = 1000
	maxTrialBytes = 512 << 10
)

func (a *app) logsTestRulesCommand(logs *logsFlags) *cobra.Command {
	var file logFileFlags
	var output logOutputFlags
	cmd := &cobra.Command{
		Use: "test-rules RULES [FILE | -]...", Short: "Try rules on the entries of log files without taking them in",
		Long: `Try rules on the entries of log files without taking them in.

RULES is a rules file as the service has it. It is checked first: rules that
can't be used are told with their line and end the command with exit code 1. Of
the entries the first 1,000, or 512 KiB, are brought before the rules; without a
FILE the rules are only checked. A test changes neither what is stored nor the
rules in use.`,
		Args: args(cobra.MinimumNArgs(1), "a file of rules, and log files to try them on"),
		RunE: func(cmd *cobra.Command, paths []string) error {
			location, err := logs.location()
			if err != nil {
				return err
			}
			printer, err := output.printer(a, cmd.Flags(), location)
			if err != nil {
				return err
			}
			options, err := file.options(logs, a.env.Now)
			if err != nil {
				return err
			}
			rules, err := readRules(paths[0])
			if err != nil {
				return err
			}
			if err := checkLogs(paths[1:]); err != nil {
				return err
			}
			t := &ruleTest{app: a, path: paths[0], rules: rules, printer: printer}
			t.feed = &logsend.Feed{Paths: paths[1:], Stdin: a.env.Stdin, Options: options, Found: func(string, logfile.Format) {}}
			return a.withClient(cmd.Context(), t.run)
		},
	}
	file.register(cmd.Flags())
	output.register(cmd.Flags())
	return cmd
}

func readRules(path string) (string, error) {
	rules, err := os.ReadFile(path)
	if err != nil {
		return "", usageErrorf("cannot read the rules: %w", err)
	}
	if strings.TrimSpace(string(rules)) == "" {
		return "", usageErrorf("%s has no rules", path)
	}
	return string(rules), nil
}

// ruleTest is one run of `sluice logs test-rules`.
type ruleTest struct {
	app         *app
	path, rules string
	feed        *logsend.Feed
	printer     *logPrinter
}

func (t *ruleTest) run(ctx context.Context, c *client.StreamingClient) error {
	read, more, err := t.feed.Collect(ctx, maxTrial, maxTrialBytes)
	if err != nil {
		return err
	}
	entries := mapped(read, func(e logfile.Entry) *client.LogEntry { return logsend.Encoded(&e) })
	trial, err := c.TestRules(ctx, t.rules, entries)
	if err != nil {
		return t.invalid(err)
	}
	for i, r := range trial.Results[:min(len(read), len(trial.Results))] {
		if err := t.print(&read[i], r); err != nil {
			return err
		}
	}
	if more && !t.app.globals.quiet {
		t.app.notef("… more entries; only the first %s were tried", showCount(int64(len(read))))
	}
	return t.conclude(trial)
}

// invalid tells of rules that can't be used, a line for each fault; another
// error is returned.
func (t *ruleTest) invalid(err error) error {
	e, ok := client.AsError(err)
	if !ok || e.Reason != "FIELD_INVALID" || e.Field != "rules" {
		return err
	}
	var lines []string
	for line := range strings.SplitSeq(strings.TrimPrefix(e.Message, "rules: "), "\n") {
		lines = append(lines, human.Text(t.path)+": "+printable(line))
	}
	t.app.failJSON("", err, strings.Join(lines, "\n"))
	t.app.notef("sluice: %s", strings.Join(lines, "\nsluice: "))
	return reportedError{err}
}

// trialView is what rules make of an entry, as JSON.
type trialView struct {
	Line    int                `json:"line"`
	Outcome string             `json:"outcome"`
	Hits    []ruleHitView      `json:"hits,omitempty"`
	Entry   *logRecordView     `json:"entry,omitempty"`
	Error   *trialRejectedView `json:"error,omitempty"`
}

// ruleHitView is a rule that hit an entry.
type ruleHitView struct {
	Stage string `json:"stage"`
	Rule  string `json:"rule"`
}

// trialRejectedView is why an entry would be rejected.
type trialRejectedView struct {
	Field       string `json:"field,omitempty"`
	Reason      string `json:"reason"`
	Description string `json:"description"`
}

func (t *ruleTest) print(read *logfile.Entry, r client.RuleResult) error {
	if t.printer.output == "json" {
		return printJSON(t.app.env.Stdout, viewTrial(read, r))
	}
	if t.app.globals.quiet {
		return nil
	}
	return t.app.printf("%s\n", t.describe(read, r))
}

func viewTrial(read *logfile.Entry, r client.RuleResult) trialView {
	view := trialView{Line: read.Line, Outcome: r.Outcome.String()}
	view.Hits = mapped(r.Hits, func(h client.RuleHit) ruleHitView { return ruleHitView{Stage: h.Stage.String(), Rule: h.Rule} })
	if r.Outcome == client.RuleIndexed {
		record := viewLogRecord(r.Record)
		view.Entry = &record
	}
	if e := r.Rejection; e != nil {
		view.Error = &trialRejectedView{Field: e.Field, Reason: e.Reason, Description: e.Description}
	}
	return view
}

// describe shows an entry as it would be indexed, or as it was read, with what
// became of it and the rules that hit it.
func (t *ruleTest) describe(read *logfile.Entry, r client.RuleResult) string {
	head := pad(r.Outcome.String(), len("filtered")) + " "
	var text string
	switch r.Outcome {
	case client.RuleIndexed:
		text = head + t.printer.line(r.Record)
	case client.RuleRejected:
		text = head + printable(firstLine(read.Raw))
		if r.Rejection != nil {
			text += "\n    " + r.Rejection.Reason + "  " + logsend.Why(*r.Rejection)
		}
	default:
		text = t.printer.paint(dim, head+printable(firstLine(read.Raw)))
	}
	for _, h := range r.Hits {
		text += "\n    " + h.Stage.String() + ": " + human.Text(h.Rule)
	}
	return text
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// trialSummaryView ends the JSON of a trial.
type trialSummaryView struct {
	Status     string           `json:"status"`
	Entries    int              `json:"entries"`
	Outcomes   map[string]int64 `json:"outcomes,omitempty"`
	RuleCounts []ruleCountView  `json:"rule_counts"`
}

// conclude counts outcomes and hits.
func (t *ruleTest) conclude(trial *client.RuleTrial) error {
	outcomes := map[string]int64{}
	for _, r := range trial.Results {
		outcomes[r.Outcome.String()]++
	}
	if t.printer.output == "json" {
		return printJSON(t.app.env.Stdout, trialSummaryView{
			Status: "valid", Entries: len(trial.Results), Outcomes: outcomes, RuleCounts: mapped(trial.RuleCounts, viewRuleCount),
		})
	}
	lines := []string{human.Text(t.path) + ": the rules are valid"}
	if len(trial.Results) > 0 {
		counts := mapped([]client.RuleOutcome{client.RuleIndexed, client.RuleFiltered, client.RuleRejected}, func(o client.RuleOutcome) string {
			return showCount(outcomes[o.String()]) + " " + o.String()
		})
		lines = append(lines, logsend.Count(int64(len(trial.Results)))+": "+strings.Join(counts, ", "))
		lines = append(lines, logsend.Rules(trial.RuleCounts)...)
	}
	return t.app.sayf("%s", strings.Join(lines, "\n"))
}
