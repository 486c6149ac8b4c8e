package logfile

import (
	"encoding/json"
	"strconv"
	"strings"
)

// maxDepth is how deep objects are taken apart; what is deeper stays JSON.
const maxDepth = 8

// jsonParser reads an object, the members of which become fields. Those of an
// object inside it have its name and a dot before theirs.
type jsonParser struct{ clock *clock }

func (p jsonParser) parse(line string, e *Entry) bool {
	if !strings.HasPrefix(line, "{") {
		return false
	}
	var object map[string]any
	decoder := json.NewDecoder(strings.NewReader(line))
	decoder.UseNumber()
	if decoder.Decode(&object) != nil || strings.TrimSpace(line[decoder.InputOffset():]) != "" {
		return false
	}
	found := make(pairs, len(object))
	found.flatten("", object, maxDepth)
	return found.put(e, line, p.clock)
}

// flatten adds the members of an object under a prefix.
func (p pairs) flatten(prefix string, object map[string]any, depth int) {
	for name, value := range object {
		name = prefix + name
		if inner, ok := value.(map[string]any); ok && depth > 1 {
			p.flatten(name+".", inner, depth-1)
			continue
		}
		p[name] = plainValue(value)
	}
}

// plainValue writes a value as text, arrays and objects as JSON.
func plainValue(value any) string {
	switch v := value.(type) {
	case nil:
		return ""
	case string:
		return v
	case bool:
		return strconv.FormatBool(v)
	case json.Number:
		return v.String()
	}
	text, err := json.Marshal(value)
	if err != nil { // what was decoded can be encoded
		return ""
	}
	return string(text)
}
