// Package config fills a struct from a YAML file, the environment and flags.
//
// The struct declares everything. Its value holds the defaults, and each
// exported field carries tags:
//
//	koanf:"drain_timeout"   the key in the file, in snake case; "-" leaves the field out
//	help:"one line"         the text of --help, and the comment of --print-config
//	flag:"drain-timeout"    a shorter name of the flag
//	secret:"true"           never print the value
//
// A nested struct is a section of the file; the fields of an embedded one count as
// those of the struct around it. A field at server.drain_timeout of
// a program named sluice-fileupload is set by, the later ones winning:
//
//	the file         server: {drain_timeout: 30s}
//	the environment  SLUICE_FILEUPLOAD_SERVER_DRAIN_TIMEOUT=30s
//	a flag           --server-drain-timeout=30s
//
// The file is named by --config or SLUICE_FILEUPLOAD_CONFIG; there is none by
// default. Fields are strings, booleans, whole numbers, floats,
// [time.Duration], []string (separated by commas in the environment and in
// flags), [Bytes], and any other type that is an [encoding.TextUnmarshaler].
//
// What is wrong in any of the sources is reported at once, each with the name
// of its source. Unknown keys and unknown variables with the program's prefix
// are errors, except the variables that Kubernetes makes of services.
package config
