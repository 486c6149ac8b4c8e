package core

import "context"

// ownersListed is how many files of a damaged content are named.
const ownersListed = 20

// Damaged is damaged content.
type Damaged struct {
	Content

	// Damage says what is wrong.
	Damage string
	// New tells that no file said so before.
	New bool
	// FileIDs are files that have it, at most 20 of them.
	FileIDs []string
}

// owners looks up the files of what is damaged; gone is what is no file's any more,
// having been deleted while it was read.
func (s *Scrubber) owners(ctx context.Context, all []checked) (damaged []Damaged, gone map[string]bool, err error) {
	gone = map[string]bool{}
	for _, c := range all {
		if c.damage == "" {
			continue
		}
		files, err := s.catalog.FilesOf(ctx, c.content.BlobID, ownersListed)
		if err != nil {
			return nil, nil, err
		}
		if len(files) == 0 {
			gone[c.content.BlobID] = true
			continue
		}
		damaged = append(damaged, damagedOf(c, files))
	}
	return damaged, gone, nil
}

// damagedOf tells of damage with the files that have it. They all say the same of
// their content.
func damagedOf(c checked, files []File) Damaged {
	damaged := Damaged{Content: *c.content, Damage: c.damage, New: true}
	for i := range files {
		damaged.New = damaged.New && files[i].DamagedAt.IsZero()
		damaged.FileIDs = append(damaged.FileIDs, files[i].ID)
	}
	return damaged
}
