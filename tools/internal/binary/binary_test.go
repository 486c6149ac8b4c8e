package binary_test

import (
	"context"
	"errors"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/tools/internal/binary"
)

const name = "sluice-fileupload"

func TestFind(t *testing.T) {
	tests := []struct {
		about string
		// files to make: true for an executable one.
		files      map[string]bool
		executable string
		workDir    string
		hasGo      bool
		inPath     string
		want       string
	}{
		{
			about:      "beside a program outside a checkout",
			files:      map[string]bool{"opt/sluice-fileupload": true},
			executable: "opt/sluice", workDir: "home", hasGo: true, inPath: "/usr/bin/sluice-fileupload",
			want: "opt/sluice-fileupload",
		},
		{
			about:      "beside wins over a checkout that the program is only run in",
			files:      checkoutFiles(map[string]bool{"opt/sluice-fileupload": true}),
			executable: "opt/sluice", workDir: "src/docs", hasGo: true,
			want: "opt/sluice-fileupload",
		},
		{
			about:      "not beside when that is no executable",
			files:      map[string]bool{"opt/sluice-fileupload": false},
			executable: "opt/sluice", workDir: "home", inPath: "/usr/bin/sluice-fileupload",
			want: "/usr/bin/sluice-fileupload",
		},
		{
			about:      "built in the checkout of the working directory",
			files:      checkoutFiles(nil),
			executable: "cache/go-build/sluice", workDir: "src/services/fileupload", hasGo: true,
			want: "built in src",
		},
		{
			about:      "built although the checkout's bin has one, which may be old",
			files:      checkoutFiles(map[string]bool{"src/bin/sluice-fileupload": true}),
			executable: "src/bin/sluice", workDir: "src", hasGo: true,
			want: "built in src",
		},
		{
			about:      "built in the checkout that the program lies in",
			files:      checkoutFiles(nil),
			executable: "src/bin/sluice", workDir: "home", hasGo: true,
			want: "built in src",
		},
		{
			about:      "from the checkout's bin without a toolchain",
			files:      checkoutFiles(map[string]bool{"src/bin/sluice-fileupload": true}),
			executable: "src/bin/sluice", workDir: "home",
			want: "src/bin/sluice-fileupload",
		},
		{
			about:      "from PATH when a checkout has neither toolchain nor bin",
			files:      checkoutFiles(nil),
			executable: "src/bin/sluice", workDir: "home", inPath: "/usr/bin/sluice-fileupload",
			want: "/usr/bin/sluice-fileupload",
		},
		{
			about:      "another project's workspace is no checkout",
			files:      map[string]bool{"src/go.work": false},
			executable: "opt/sluice", workDir: "src", hasGo: true, inPath: "/usr/bin/sluice-fileupload",
			want: "/usr/bin/sluice-fileupload",
		},
	}
	for _, test := range tests {
		t.Run(test.about, func(t *testing.T) {
			root := t.TempDir()
			layOut(t, root, test.files)
			finder := binary.Finder{
				Executable: filepath.Join(root, test.executable),
				WorkDir:    filepath.Join(root, test.workDir),
				LookPath:   lookPath(test.hasGo, test.inPath),
				Build: func(_ context.Context, dir, _ string) (string, error) {
					rel, err := filepath.Rel(root, dir)
					return "built in " + rel, err
				},
			}
			got, err := finder.Find(t.Context(), name)
			require.NoError(t, err)
			if rel, err := filepath.Rel(root, got); err == nil && filepath.IsLocal(rel) {
				got = rel
			}
			require.Equal(t, test.want, got)
		})
	}
}

func TestFindSaysWhatToDoWhenThereIsNone(t *testing.T) {
	dir := t.TempDir()
	finder := binary.Finder{Executable: filepath.Join(dir, "sluice"), WorkDir: dir, LookPath: lookPath(false, "")}
	_, err := finder.Find(t.Context(), name)
	require.ErrorIs(t, err, binary.ErrNotFound)
	require.ErrorContains(t, err, "task build")
}

func TestFindReportsACheckoutThatDoesNotBuild(t *testing.T) {
	root := t.TempDir()
	layOut(t, root, checkoutFiles(nil))
	broken := errors.New("syntax error")
	finder := binary.Finder{
		Executable: filepath.Join(root, "bin", "sluice"), WorkDir: filepath.Join(root, "src"),
		LookPath: lookPath(true, "/usr/bin/sluice-fileupload"),
		Build:    func(context.Context, string, string) (string, error) { return "", broken },
	}
	_, err := finder.Find(t.Context(), name)
	require.ErrorIs(t, err, broken)
}

func checkoutFiles(more map[string]bool) map[string]bool {
	files := map[string]bool{"src/go.work": false, "src/tools/go.mod": false}
	maps.Copy(files, more)
	return files
}

func layOut(t *testing.T, root string, files map[string]bool) {
	t.Helper()
	for path, executable := range files {
		path = filepath.Join(root, path)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		mode := os.FileMode(0o644)
		if executable {
			mode = 0o755
		}
		require.NoError(t, os.WriteFile(path, []byte("module github.com/sluice-ingest/sluice/tools\n"), mode))
	}
}

func lookPath(hasGo bool, service string) func(string) (string, error) {
	return func(file string) (string, error) {
		switch {
		case file == "go" && hasGo:
			return "/usr/bin/go", nil
		case file == name && service != "":
			return service, nil
		}
		return "", exec.ErrNotFound
	}
}
