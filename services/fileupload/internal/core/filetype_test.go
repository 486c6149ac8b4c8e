package core

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"image"
	"image/png"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/sluice-ingest/sluice/libs/problem"
)

var elf = append([]byte("\x7fELF\x02\x01\x01\x00"), make([]byte, 100)...)

func pngBytes(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, png.Encode(&b, image.NewGray(image.Rect(0, 0, 4, 4))))
	return b.Bytes()
}

func gzipBytes(t *testing.T) []byte {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	_, err := w.Write([]byte("text"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	return b.Bytes()
}

func windowsProgram() []byte {
	head := make([]byte, 256)
	copy(head, "MZ")
	binary.LittleEndian.PutUint32(head[0x3c:], 128)
	copy(head[128:], "PE\x00\x00")
	return head
}

func TestContentThatFitsItsName(t *testing.T) {
	policy := NewTypePolicy(DefaultTypes())
	random := make([]byte, headSize)
	for i := range random {
		random[i] = byte(rand.New(rand.NewPCG(1, uint64(i))).Uint32())
	}
	tests := []struct {
		name string
		head []byte
		want string
	}{
		{"a.txt", []byte("hello"), "text/plain; charset=utf-8"},
		{"a.txt", nil, "text/plain"},
		{"a.TXT", []byte("\xff\xfeh\x00i\x00"), "text/plain; charset=utf-16le"},
		{"a.log", []byte(`{"json": true}`), "application/json"},
		{"a.csv", []byte("a,b\n1,2\n"), "text/csv"},
		{"a.json", []byte(`{"a": [1, 2]}`), "application/json"},
		{"a.json", []byte(`[` + strings.Repeat(`{"a": 1},`, headSize)[:headSize-1]), "application/json"},
		{"a.json", []byte(`42`), "text/plain; charset=utf-8"},
		{"a.ndjson", []byte("{\"a\":1}\n{\"a\":2}\n"), "application/x-ndjson"},
		{"a.xml", []byte("<?xml version=\"1.0\"?><a/>"), "text/xml; charset=utf-8"},
		{"a.parquet", []byte("PAR1rest"), "application/vnd.apache.parquet"},
		{"a.gz", gzipBytes(t), "application/gzip"},
		{"a.tar.gz", gzipBytes(t), "application/gzip"},
		{"a.zst", []byte("\x28\xb5\x2f\xfd\x00"), "application/zstd"},
		{"a.zip", []byte("PK\x03\x04rest"), "application/zip"},
		{"a.pdf", []byte("%PDF-1.7"), "application/pdf"},
		{"a.png", pngBytes(t), "image/png"},
		{"a.jpg", []byte("\xff\xd8\xff\xe0rest"), "image/jpeg"},
		{"a.bin", random, "application/octet-stream"},
		{"a.bin", pngBytes(t), "image/png"},
		{"a.bin", []byte("MZ, but no program"), ""},
	}
	for _, test := range tests {
		require.NoError(t, policy.CheckName(test.name))
		found, err := policy.CheckContent(test.name, test.head)
		require.NoError(t, err, "%s with %.20q", test.name, test.head)
		if test.want != "" {
			require.Equal(t, test.want, found, test.name)
		}
	}
}

func TestContentThatDoesNotFitItsName(t *testing.T) {
	policy := NewTypePolicy(append(DefaultTypes(), ".gif"))
	tests := []struct {
		name string
		head []byte
		want problem.Reason
	}{
		{"a.txt", elf, problem.TypeNotAllowed},
		{"a.bin", elf, problem.TypeNotAllowed},
		{"a.bin", windowsProgram(), problem.TypeNotAllowed},
		{"a.txt", []byte("#!/bin/sh\nrm -r x\n"), problem.TypeNotAllowed},
		{"a.bin", []byte("#! /bin/sh\nrm -r x\n"), problem.TypeNotAllowed},
		{"a.bin", []byte("\x00asm\x01\x00\x00\x00"), problem.TypeNotAllowed},
		{"a.txt", pngBytes(t), problem.TypeMismatch},
		{"a.png", []byte("hello"), problem.TypeMismatch},
		{"a.png", nil, problem.TypeMismatch},
		{"a.pdf", pngBytes(t), problem.TypeMismatch},
		{"a.gz", []byte("PK\x03\x04rest"), problem.TypeMismatch},
		{"a.gif", pngBytes(t), problem.TypeMismatch},
		{"a.csv", []byte("a\x00\x01\x02b"), problem.TypeMismatch},
	}
	for _, test := range tests {
		_, err := policy.CheckContent(test.name, test.head)
		require.Equal(t, test.want, problem.ReasonOf(err), "%s with %.20q: %v", test.name, test.head, err)
	}
	_, err := policy.CheckContent("a.gif", []byte("GIF89a"))
	require.NoError(t, err, "an extension that only package mimetype knows")
}

func TestExtensions(t *testing.T) {
	policy := NewTypePolicy(DefaultTypes())
	for _, name := range []string{"a.exe", "a", "a.gz.exe", "txt", "a.html"} {
		require.Equal(t, problem.TypeNotAllowed, problem.ReasonOf(policy.CheckName(name)), name)
	}
	require.NoError(t, policy.CheckName("A.CSV"))
}

func TestAnyTypeSwitchesTheChecksOff(t *testing.T) {
	policy := NewTypePolicy([]string{AnyType})
	require.NoError(t, policy.CheckName("a.exe"))
	_, err := policy.CheckContent("a.txt", elf)
	require.NoError(t, err)
}
