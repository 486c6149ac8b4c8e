package pipeline

import (
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	"github.com/sluice-ingest/sluice/services/logagg/internal/pipeline/rules"
	"github.com/sluice-ingest/sluice/services/logagg/internal/redact"
)

// The rules that are built in. They count what normalising did.
const (
	// UnknownLevel hits an entry whose level is a text that is not known.
	UnknownLevel = "unknown-level"
	// LevelFromMessage hits an entry whose level was found in its message.
	LevelFromMessage = "level-from-message"
)

// The places of the rules that are built in.
const (
	unknownLevel = iota
	levelFromMessage
)

// Pipeline is a set of rules. It is immutable and safe for concurrent use.
type Pipeline struct {
	file     *rules.File
	redactor *redact.Redactor
	rules    []Rule

	// The place of the first rule of a stage.
	filter, redact, classify, enrich int
}

// Rule is a step of the pipeline that counts the entries it hits.
type Rule struct {
	Stage logaggv1.RuleStage
	// Name is unique in its stage.
	Name string
}

// Compile makes a pipeline of a rules file, which may be empty. The error holds
// everything that is wrong with the file, a line for each, and says where. A key
// for hashing is read from the file or the environment that source names.
func Compile(source []byte) (*Pipeline, error) {
	return compile(source, readKey)
}

// CompileForTest makes a pipeline of rules that come from somebody else than the
// service's operator: no file and no variable is read for them, and what hashes
// does so with a key that nobody knows.
func CompileForTest(source []byte) (*Pipeline, error) {
	return compile(source, randomKey)
}

// Default returns the pipeline without a file: it redacts with all detectors but
// that of e-mail addresses, and neither filters, classifies nor enriches.
func Default() *Pipeline {
	p, err := compile(nil, randomKey)
	if err != nil {
		panic("the built-in rules are not valid: " + err.Error())
	}
	return p
}

func compile(source []byte, key rules.KeyReader) (*Pipeline, error) {
	file, err := rules.Parse(source, key)
	if err != nil {
		return nil, err
	}
	redactor, err := redact.New(file.Redact)
	if err != nil {
		return nil, err
	}
	p := &Pipeline{file: file, redactor: redactor}
	p.number()
	return p, nil
}

// number gives the rules their places.
func (p *Pipeline) number() {
	p.add(logaggv1.RuleStage_RULE_STAGE_NORMALISE, UnknownLevel)
	p.add(logaggv1.RuleStage_RULE_STAGE_NORMALISE, LevelFromMessage)
	p.filter = len(p.rules)
	for _, rule := range p.file.Filter {
		p.add(logaggv1.RuleStage_RULE_STAGE_FILTER, rule.Name)
	}
	p.redact = len(p.rules)
	for _, name := range p.redactor.Names() {
		p.add(logaggv1.RuleStage_RULE_STAGE_REDACT, name)
	}
	p.classify = len(p.rules)
	for _, rule := range p.file.Classify {
		p.add(logaggv1.RuleStage_RULE_STAGE_CLASSIFY, rule.Name)
	}
	p.enrich = len(p.rules)
	for _, rule := range p.file.Enrich {
		p.add(logaggv1.RuleStage_RULE_STAGE_ENRICH, rule.Name)
	}
}

func (p *Pipeline) add(stage logaggv1.RuleStage, name string) {
	p.rules = append(p.rules, Rule{Stage: stage, Name: name})
}

// Rules returns the rules in the order of the pipeline. The caller must not
// change them.
func (p *Pipeline) Rules() []Rule { return p.rules }
