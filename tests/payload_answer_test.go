package tests

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"

	collectorv1 "github.com/sluice-ingest/sluice/gen/sluice/collector/v1"
	logaggv1 "github.com/sluice-ingest/sluice/gen/sluice/logagg/v1"
	streamv1 "github.com/sluice-ingest/sluice/gen/sluice/stream/v1"
)

// maxEcho is how many characters of a caller's text an error may repeat.
const maxEcho = 64

// fault says what is wrong with the answer to a payload, or nothing.
func (a attempt) fault(o outcome) string {
	if o.err == nil {
		return a.faultOfAnswers(o.answers)
	}
	r := refusalOf(o.err)
	switch r.code {
	case codes.InvalidArgument, codes.NotFound, codes.FailedPrecondition, codes.OutOfRange, codes.ResourceExhausted:
	case codes.DeadlineExceeded:
		if r.reason != "POSITION_NOT_REACHED" {
			return "it took too long: " + r.text
		}
	default:
		return fmt.Sprintf("%v %s: %.200q", r.code, r.reason, r.text)
	}
	if r.reason == "" || r.domain != "sluice" {
		return fmt.Sprintf("%v without a reason: %.200q", r.code, r.text)
	}
	texts := []string{r.text}
	for _, detail := range status.Convert(o.err).Details() {
		// A CutDetail names the work, by an identifier that is valid.
		_, cut := detail.(*streamv1.CutDetail)
		if m, ok := detail.(proto.Message); ok && !cut {
			texts = append(texts, textsOf(m.ProtoReflect())...)
		}
	}
	return a.faultOfTexts(texts)
}

// faultOfAnswers looks at what an answer says of items that it rejects. What else
// is in it is data.
func (a attempt) faultOfAnswers(answers []proto.Message) string {
	var texts []string
	for _, answer := range answers {
		switch m := answer.(type) {
		case *pointsReceipt:
			for _, e := range m.GetErrors() {
				texts = append(texts, textsOf(e.ProtoReflect())...)
			}
		case *logsReceipt:
			for _, e := range m.GetErrors() {
				texts = append(texts, textsOf(e.ProtoReflect())...)
			}
		case *collectorv1.DeleteDataPointsResponse:
			if m.GetDeletedCount() != 0 {
				return "it deleted what it did not name"
			}
		case *logaggv1.DeleteLogsResponse:
			if m.GetDeletedCount() != 0 {
				return "it deleted what it did not name"
			}
		}
	}
	return a.faultOfTexts(texts)
}

// faultOfTexts looks at texts that an error tells.
func (a attempt) faultOfTexts(texts []string) string {
	sent := []rune(a.payload)
	for _, text := range texts {
		if a.rpc.Name() == "TestRules" {
			text = strings.ReplaceAll(text, "\n", " ") // It tells of each line of the rules in a line.
		}
		if i := strings.IndexFunc(text, isHostile); i >= 0 {
			return fmt.Sprintf("an error has a character that does something: %.200q", text)
		}
		if len(sent) <= maxEcho {
			continue
		}
		tooMuch := string(sent[:maxEcho+1])
		quoted := strconv.Quote(tooMuch)
		if strings.Contains(text, tooMuch) || strings.Contains(text, quoted[1:len(quoted)-1]) {
			return fmt.Sprintf("an error repeats more than %d characters: %.300q", maxEcho, text)
		}
	}
	return ""
}

// isHostile tells whether a character does something to who reads it.
func isHostile(c rune) bool {
	return unicode.IsControl(c) || unicode.Is(unicode.Cf, c) || c == '\u2028' || c == '\u2029'
}

// textsOf are the texts of a message, those in its messages, lists and maps
// included.
func textsOf(m protoreflect.Message) []string {
	var texts []string
	one := func(kind protoreflect.Kind, value protoreflect.Value) {
		switch kind {
		case protoreflect.StringKind:
			texts = append(texts, value.String())
		case protoreflect.MessageKind:
			texts = append(texts, textsOf(value.Message())...)
		default:
		}
	}
	m.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		switch {
		case field.IsMap():
			value.Map().Range(func(key protoreflect.MapKey, of protoreflect.Value) bool {
				one(field.MapKey().Kind(), key.Value())
				one(field.MapValue().Kind(), of)
				return true
			})
		case field.IsList():
			for i := range value.List().Len() {
				one(field.Kind(), value.List().Get(i))
			}
		default:
			one(field.Kind(), value)
		}
		return true
	})
	return slices.Compact(texts)
}
