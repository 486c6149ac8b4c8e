package core

import (
	"bytes"
	"path"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"github.com/sluice-ingest/sluice/libs/problem"
)

// headSize is how many bytes of a file its type is told from: as many as
// package mimetype looks at.
const headSize = 4096

// AnyType in a list of allowed types switches all checks of types off.
const AnyType = "*"

// DefaultTypes are the extensions allowed by default.
func DefaultTypes() []string {
	return []string{
		".txt", ".csv", ".json", ".xml", ".log", ".ndjson", ".parquet",
		".gz", ".zst", ".zip", ".pdf", ".png", ".jpg", ".bin",
	}
}

// contentOf says which media type the content of an extension must have. Types
// that are built on it (a document in a zip, any text for text) fit too.
// Extensions that are not listed here are checked against the extension that
// the content is known by.
var contentOf = map[string]string{
	".txt":     "text/plain",
	".csv":     "text/plain",
	".json":    "text/plain",
	".xml":     "text/plain",
	".log":     "text/plain",
	".ndjson":  "text/plain",
	".parquet": "application/vnd.apache.parquet",
	".gz":      "application/gzip",
	".zst":     "application/zstd",
	".zip":     "application/zip",
	".pdf":     "application/pdf",
	".png":     "image/png",
	".jpg":     "image/jpeg",
	".jpeg":    "image/jpeg",
	".bin":     "application/octet-stream",
}

// TypePolicy decides which types of files are taken in. The zero value takes
// none.
type TypePolicy struct {
	// Extensions of the names that are taken, each with its dot and in lower case,
	// or [AnyType]: then every name is taken, programs too.
	Extensions []string
	// MediaTypes that the content may be found to have, as [NewMediaType] returns
	// them; empty for any.
	MediaTypes []string
	// Disagreeing tells that the content may be of another type than the extension
	// promises. With AnyType it always may.
	Disagreeing bool
}

// NewTypePolicy returns the policy that allows the extensions and any content
// that agrees with them.
func NewTypePolicy(extensions []string) TypePolicy { return TypePolicy{Extensions: extensions} }

func (p TypePolicy) any() bool { return slices.Contains(p.Extensions, AnyType) }

// CheckName refuses names whose extension is not allowed, with reason
// TYPE_NOT_ALLOWED.
func (p TypePolicy) CheckName(name string) error {
	if p.any() || slices.Contains(p.Extensions, extension(name)) {
		return nil
	}
	allowed := strings.Join(p.Extensions, " ")
	if extension(name) == "" {
		return problem.InField(problem.TypeNotAllowed, "file_name", "has no extension; allowed are %s", allowed)
	}
	return problem.InField(problem.TypeNotAllowed, "file_name", "has the extension %s; allowed are %s", problem.Echo(extension(name)), allowed)
}

// CheckContent tells the media type of a file from its first bytes, and refuses
// content that is not taken, with reason TYPE_NOT_ALLOWED, or that its name's
// extension does not promise, with TYPE_MISMATCH. head is the first [headSize]
// bytes, or the whole of a shorter file.
func (p TypePolicy) CheckContent(name string, head []byte) (contentType string, err error) {
	found := mimetype.Detect(head)
	if !p.any() && isProgram(head) {
		return "", problem.InField(problem.TypeNotAllowed, "data", "the content is a program, and programs are not taken here")
	}
	if err := p.checkMedia(found.String()); err != nil {
		return "", err
	}
	if !p.any() && !p.Disagreeing && !fits(extension(name), found) {
		return "", problem.InField(problem.TypeMismatch, "data",
			"the content is %s, which does not fit the extension %s of the name", found, problem.Echo(extension(name)))
	}
	return found.String(), nil
}

func extension(name string) string {
	return strings.ToLower(path.Ext(name))
}

func fits(extension string, found *mimetype.MIME) bool {
	want, known := contentOf[extension]
	for m := found; m != nil; m = m.Parent() {
		if known && m.Is(want) || !known && m.Extension() == extension {
			return true
		}
	}
	return false
}

// isProgram finds what a system would run: ELF, Mach-O, Java, WebAssembly,
// Android and Windows executables, and scripts that name their interpreter. The
// marks are long enough not to be met by chance in random bytes.
func isProgram(head []byte) bool {
	for _, mark := range []string{
		"\x7fELF", "\xfe\xed\xfa\xce", "\xfe\xed\xfa\xcf", "\xce\xfa\xed\xfe", "\xcf\xfa\xed\xfe", "\xca\xfe\xba\xbe",
		"\x00asm", "dex\n",
	} {
		if bytes.HasPrefix(head, []byte(mark)) {
			return true
		}
	}
	return isScript(head) || isPortableExecutable(head)
}

// isScript finds a first line that names an interpreter.
func isScript(head []byte) bool {
	rest, found := bytes.CutPrefix(head, []byte("#!"))
	return found && bytes.HasPrefix(bytes.TrimLeft(rest, " \t"), []byte("/"))
}

// isPortableExecutable looks for the PE signature at the offset that the MZ
// header has at byte 0x3c; see "PE Format" in the Win32 documentation.
func isPortableExecutable(head []byte) bool {
	const offsetAt = 0x3c
	if len(head) < offsetAt+4 || !bytes.HasPrefix(head, []byte("MZ")) {
		return false
	}
	offset := int(head[offsetAt]) | int(head[offsetAt+1])<<8
	return offset+4 <= len(head) && string(head[offset:offset+4]) == "PE\x00\x00"
}
