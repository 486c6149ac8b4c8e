// Package condition compiles the expressions of rules, written in CEL, and
// evaluates them over an entry.
//
// Expressions see these variables: application, message and level_name as
// texts, level as a number with the constants UNSPECIFIED, TRACE, DEBUG, INFO,
// WARN, ERROR and FATAL, timestamp as a CEL timestamp, fields as a map of texts,
// and where the environment offers it category as a text. A field that the entry
// does not have is the empty text; has(fields.name) and "name" in fields tell
// the difference.
//
// What an expression can cost is bounded when it is compiled, for the largest
// entry that the service accepts.
package condition
