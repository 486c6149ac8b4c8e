package journal

import (
	"errors"
	"io"
	"io/fs"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path"
	"strings"
	"sync"
)

// memoryPage is what a crash keeps or loses as one. It is small, so that small
// journals have many.
const memoryPage = 64

// memoryFS is a file system in memory that fails and crashes like a real one:
// a crash keeps any of the pages that were not synced, and a failed sync
// forgets which pages those were.
type memoryFS struct {
	mu sync.Mutex
	// files are what the processes see, and durable the names that a crash
	// keeps, when followed by a part of the changes since.
	files, durable map[string]*memoryInode
	changes        []func(names map[string]*memoryInode)
	folders        map[string]bool
	free           int64
	// keys are those of the journal that uses it, or nil.
	keys Keys
	// fault, unless nil, is asked before each operation. For a write it also
	// says how many bytes are written all the same.
	fault func(operation, name string, size int) (written int, err error)
}

type memoryInode struct {
	data, durable []byte
	// dirty are the pages whose sync is still to come.
	dirty map[int64]bool
}

func newMemoryFS() *memoryFS {
	return &memoryFS{
		files: map[string]*memoryInode{}, durable: map[string]*memoryInode{},
		folders: map[string]bool{".": true}, free: math.MaxInt64,
	}
}

// crash returns what a power cut may leave.
func (m *memoryFS) crash(random *rand.Rand) *memoryFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	names := maps.Clone(m.durable)
	for _, change := range m.changes[:random.IntN(len(m.changes)+1)] {
		change(names)
	}
	after := sealedFS(m.keys)
	after.folders = maps.Clone(m.folders)
	for name, inode := range names {
		content := inode.crash(random)
		kept := &memoryInode{data: content, durable: append([]byte(nil), content...), dirty: map[int64]bool{}}
		after.files[name], after.durable[name] = kept, kept
	}
	return after
}

func (i *memoryInode) crash(random *rand.Rand) []byte {
	content := append([]byte(nil), i.durable...)
	if random.IntN(2) == 0 {
		content = resize(content, len(i.data))
	}
	for page := range i.dirty {
		from, to := page*memoryPage, min((page+1)*memoryPage, int64(len(i.data)))
		if random.IntN(2) == 0 || from >= to {
			continue
		}
		if to > int64(len(content)) {
			content = resize(content, int(to))
		}
		copy(content[from:to], i.data[from:to])
	}
	return content
}

// copy returns the same files, all of them durable.
func (m *memoryFS) copy() *memoryFS {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := sealedFS(m.keys)
	after.folders = maps.Clone(m.folders)
	for name, inode := range m.files {
		c := &memoryInode{data: append([]byte(nil), inode.data...), durable: append([]byte(nil), inode.data...), dirty: map[int64]bool{}}
		after.files[name], after.durable[name] = c, c
	}
	return after
}

// contents returns what the files have.
func (m *memoryFS) contents() map[string]string {
	m.mu.Lock()
	defer m.mu.Unlock()
	contents := map[string]string{}
	for name, inode := range m.files {
		contents[name] = string(inode.data)
	}
	return contents
}

func (m *memoryFS) ask(operation, name string, size int) (int, error) {
	if m.fault == nil {
		return size, nil
	}
	return m.fault(operation, name, size)
}

func (m *memoryFS) change(change func(names map[string]*memoryInode)) {
	change(m.files)
	m.changes = append(m.changes, change)
}

func (m *memoryFS) OpenFile(name string, flag int) (file, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.ask("open", name, 0); err != nil {
		return nil, err
	}
	inode := m.files[name]
	if inode == nil {
		if flag&os.O_CREATE == 0 {
			return nil, fs.ErrNotExist
		}
		inode = &memoryInode{dirty: map[int64]bool{}}
		m.change(func(names map[string]*memoryInode) { names[name] = inode })
	}
	if flag&os.O_TRUNC != 0 {
		inode.data = nil
	}
	return &memoryFile{m, name, inode}, nil
}

func (m *memoryFS) Rename(from, to string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.ask("rename", from, 0); err != nil {
		return err
	}
	inode := m.files[from]
	m.change(func(names map[string]*memoryInode) {
		delete(names, from)
		names[to] = inode
	})
	return nil
}

func (m *memoryFS) Remove(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.ask("remove", name, 0); err != nil {
		return err
	}
	if m.files[name] == nil {
		return fs.ErrNotExist
	}
	m.change(func(names map[string]*memoryInode) { delete(names, name) })
	return nil
}

func (m *memoryFS) Mkdir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.folders[name] = true
	return nil
}

func (m *memoryFS) List(name string) ([]string, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.folders[name] {
		return nil, fs.ErrNotExist
	}
	var names []string
	for file := range m.files {
		if path.Dir(file) == name {
			names = append(names, path.Base(file))
		}
	}
	return sorted(names), nil
}

// SyncDir makes all names durable, those of other folders included.
func (m *memoryFS) SyncDir(name string) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, err := m.ask("syncdir", name, 0); err != nil {
		return err
	}
	m.durable, m.changes = maps.Clone(m.files), nil
	return nil
}

func (m *memoryFS) Free() (int64, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.free, nil
}

func (m *memoryFS) Close() error { return nil }

// segmentNames returns the names of the segments in their order.
func (m *memoryFS) segmentNames() []string {
	names, _ := m.List(".")
	var segments []string
	for _, name := range names {
		if strings.HasSuffix(name, segmentSuffix) {
			segments = append(segments, name)
		}
	}
	return segments
}

type memoryFile struct {
	fs    *memoryFS
	name  string
	inode *memoryInode
}

func (f *memoryFile) ReadAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.fs.ask("read", f.name, len(p)); err != nil {
		return 0, err
	}
	if off >= int64(len(f.inode.data)) {
		return 0, io.EOF
	}
	n := copy(p, f.inode.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

func (f *memoryFile) WriteAt(p []byte, off int64) (int, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	n, err := f.fs.ask("write", f.name, len(p))
	if err == nil && n > len(p) {
		return 0, errors.New("a fault wrote more than there was")
	}
	if n == 0 {
		return 0, err
	}
	end := off + int64(n)
	if end > int64(len(f.inode.data)) {
		f.inode.resize(end)
	}
	copy(f.inode.data[off:end], p)
	f.inode.touch(off, end)
	return n, err
}

func (f *memoryFile) Sync() error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	inode := f.inode
	if _, err := f.fs.ask("sync", f.name, 0); err != nil {
		clear(inode.dirty)
		return err
	}
	inode.durable = resize(inode.durable, len(inode.data))
	for page := range inode.dirty {
		from, to := page*memoryPage, min((page+1)*memoryPage, int64(len(inode.data)))
		if from < to {
			copy(inode.durable[from:to], inode.data[from:to])
		}
	}
	clear(inode.dirty)
	return nil
}

func (f *memoryFile) Truncate(size int64) error {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	if _, err := f.fs.ask("truncate", f.name, 0); err != nil {
		return err
	}
	f.inode.resize(size)
	return nil
}

func (f *memoryFile) Size() (int64, error) {
	f.fs.mu.Lock()
	defer f.fs.mu.Unlock()
	return int64(len(f.inode.data)), nil
}

func (f *memoryFile) Close() error { return nil }

// resize changes the size; what it adds or cuts a page to is dirty.
func (i *memoryInode) resize(size int64) {
	old := int64(len(i.data))
	i.data = resize(i.data, int(size))
	i.touch(min(old, size), max(old, size))
}

func (i *memoryInode) touch(from, to int64) {
	for page := from / memoryPage; page*memoryPage < to; page++ {
		i.dirty[page] = true
	}
}

func resize(b []byte, size int) []byte {
	if size <= len(b) {
		return b[:size:size]
	}
	return append(b, make([]byte, size-len(b))...)
}

func (m *memoryFS) setFree(free int64) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.free = free
}
