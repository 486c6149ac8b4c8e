// Package dev pins the development tools and tests the schema's guard.
package dev

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// root is the folder of the repository.
const root = "../.."

const (
	uploadService = "proto/sluice/fileupload/v1/file_upload_service.proto"
	errorReason   = "proto/sluice/stream/v1/error_reason.proto"
)

// change edits one schema file: old stands in it once and becomes replacement.
type change struct {
	file, old, replacement string
}

func TestBreakingCheckCatchesWhatBreaksClients(t *testing.T) {
	tests := map[string]struct {
		change
		rule string
	}{
		"field removed": {
			change{uploadService, "  bool is_last_chunk = 5;\n", ""}, "FIELD_NO_DELETE",
		},
		"field renumbered": {
			change{uploadService, "bool is_last_chunk = 5;", "bool is_last_chunk = 50;"}, "FIELD_NO_DELETE",
		},
		"field renamed": {
			change{uploadService, "bool is_last_chunk = 5;", "bool is_last = 5;"}, "FIELD_SAME_NAME",
		},
		"type changed": {
			change{uploadService, "optional int64 total_size = 4;", "optional int32 total_size = 4;"}, "FIELD_SAME_TYPE",
		},
		"unknown size became zero": {
			change{uploadService, "optional int64 total_size = 4;", "int64 total_size = 4;"}, "FIELD_SAME_CARDINALITY",
		},
		"method removed": {
			change{uploadService, "  rpc VerifyFile(VerifyFileRequest) returns (VerifyFileResponse);\n", ""}, "RPC_NO_DELETE",
		},
		"stream became a single request": {
			change{uploadService, "rpc UploadFile(stream UploadFileRequest)", "rpc UploadFile(UploadFileRequest)"}, "RPC_SAME_CLIENT_STREAMING",
		},
		"reason removed": {
			change{errorReason, "  ERROR_REASON_FENCED = 17;\n", ""}, "ENUM_VALUE_NO_DELETE",
		},
		"package renamed": {
			change{errorReason, "package sluice.stream.v1;", "package sluice.stream.v2;"}, "FILE_SAME_PACKAGE",
		},
	}
	buf := bufBinary(t)
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			output, err := checkBreaking(t, buf, test.change)
			if err == nil {
				t.Fatalf("the change went through; want it refused by %s", test.rule)
			}
			if !strings.Contains(output, `"type":"`+test.rule+`"`) {
				t.Fatalf("want a refusal by %s, got:\n%s", test.rule, output)
			}
		})
	}
}

func TestBreakingCheckLetsAdditionsThrough(t *testing.T) {
	output, err := checkBreaking(t, bufBinary(t), change{
		uploadService, "  bool is_last_chunk = 5;\n", "  bool is_last_chunk = 5;\n\n  int64 added = 1000;\n",
	})
	if err != nil {
		t.Fatalf("an added field was refused: %v\n%s", err, output)
	}
}

// checkBreaking applies the change to a copy of the schema and compares that
// with the baseline. The error is nil when nothing breaks.
func checkBreaking(t *testing.T, buf string, c change) (output string, err error) {
	t.Helper()
	dir := copySchema(t)
	c.apply(t, dir)
	baseline, err := filepath.Abs(filepath.Join(root, "proto", "baseline.binpb"))
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), buf, "breaking", "--against", baseline,
		"--error-format", "json")
	command.Dir = dir
	combined, err := command.CombinedOutput()
	return string(combined), err
}

func copySchema(t *testing.T) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := os.CopyFS(filepath.Join(dir, "proto"), os.DirFS(filepath.Join(root, "proto"))); err != nil {
		t.Fatal(err)
	}
	config, err := os.ReadFile(filepath.Join(root, "buf.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "buf.yaml"), config, 0o600); err != nil {
		t.Fatal(err)
	}
	return dir
}

func (c change) apply(t *testing.T, dir string) {
	t.Helper()
	path := filepath.Join(dir, c.file)
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(content), c.old); n != 1 {
		t.Fatalf("%q stands %d times in %s, want once; bring this test up to the schema", c.old, n, c.file)
	}
	changed := strings.Replace(string(content), c.old, c.replacement, 1)
	if err := os.WriteFile(path, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
}

// bufBinary returns the path of the pinned buf, which this builds if needed.
func bufBinary(t *testing.T) string {
	t.Helper()
	path, err := exec.CommandContext(t.Context(), "go", "tool", "-n", "buf").Output()
	if err != nil {
		t.Fatalf("find buf: %v", err)
	}
	return strings.TrimSpace(string(path))
}
