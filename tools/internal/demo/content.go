package demo

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"fmt"
	"image"
	"image/color"
	"image/png"
	"io"
	"path/filepath"
	"strings"

	"github.com/sluice-ingest/sluice/tools/internal/load"
)

// sample is a file of the demo.
type sample struct {
	name     string
	size     int64
	checksum string
}

// makeFiles writes a real file of each type.
func makeFiles(dir string) ([]sample, error) {
	var samples []sample
	for _, f := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"notes.txt", repeated("", "Line %d of the notes as anyone would write them.\n", 4000)},
		{"readings.csv", repeated("time,sensor,value\n", "2026-11-22T10:00:00Z,sensor-%d,21.5\n", 8000)},
		{"order.json", writeJSON},
		{"events.ndjson", repeated("", `{"event":"opened","number":%d}`+"\n", 6000)},
		{"catalog.xml", writeXML},
		{"picture.png", writePNG},
		{"readings.csv.gz", writeGzip},
		{"bundle.zip", writeZip},
	} {
		var content bytes.Buffer
		if err := f.write(&content); err != nil {
			return nil, fmt.Errorf("make %s: %w", f.name, err)
		}
		size := int64(content.Len())
		checksum, err := load.WriteFile(filepath.Join(dir, f.name), &content)
		if err != nil {
			return nil, err
		}
		samples = append(samples, sample{name: f.name, size: size, checksum: checksum})
	}
	return samples, nil
}

// repeated writes a head and then numbered lines.
func repeated(head, line string, n int) func(io.Writer) error {
	return func(w io.Writer) error {
		var text strings.Builder
		text.WriteString(head)
		for i := range n {
			fmt.Fprintf(&text, line, i)
		}
		_, err := io.WriteString(w, text.String())
		return err
	}
}

func writeJSON(w io.Writer) error {
	if err := repeated(`{"order":48213,"items":[`, `{"item":%d},`, 5000)(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, `{"item":"last"}]}`)
	return err
}

func writeXML(w io.Writer) error {
	if err := repeated(`<?xml version="1.0" encoding="UTF-8"?><catalog>`, `<book id="%d"/>`, 5000)(w); err != nil {
		return err
	}
	_, err := io.WriteString(w, "</catalog>\n")
	return err
}

func writePNG(w io.Writer) error {
	picture := image.NewRGBA(image.Rect(0, 0, 512, 512))
	for x := range 512 {
		for y := range 512 {
			picture.Set(x, y, color.RGBA{R: uint8(x / 2), G: uint8(y / 2), B: uint8(x ^ y), A: 255})
		}
	}
	return png.Encode(w, picture)
}

func writeGzip(w io.Writer) error {
	packed := gzip.NewWriter(w)
	if err := repeated("time,value\n", "2026-11-22T10:00:00Z,%d\n", 50000)(packed); err != nil {
		return err
	}
	return packed.Close()
}

func writeZip(w io.Writer) error {
	archive := zip.NewWriter(w)
	for _, name := range []string{"a.txt", "b.txt"} {
		member, err := archive.Create(name)
		if err != nil {
			return err
		}
		if err := repeated("", "Line %d of "+name+".\n", 20000)(member); err != nil {
			return err
		}
	}
	return archive.Close()
}
