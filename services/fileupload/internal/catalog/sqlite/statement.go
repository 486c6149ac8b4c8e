package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// statements are all that the catalog executes, prepared when it is opened.
type statements struct {
	insertUpload, saveCheckpoint, abortUpload, deleteUpload, deleteFinishedUpload, deleteExpiredUpload *sql.Stmt
	findUpload, listUploads, expiredUploads                                                            *sql.Stmt

	insertFile, updateFile, deleteFile, deleteExpiredFile *sql.Stmt
	findFile, listFiles, listFilesNamed, expiredFiles     *sql.Stmt

	unwanted *sql.Stmt

	reserve, usageToChange, findUsage *sql.Stmt
}

// binding says which pool executes which text.
type binding struct {
	statement **sql.Stmt
	pool      *sql.DB
	text      string
}

func (s *statements) bindings(writer, reader *sql.DB) []binding {
	return []binding{
		{&s.insertUpload, writer, insertUpload},
		{&s.saveCheckpoint, writer, saveCheckpoint},
		{&s.abortUpload, writer, abortUpload},
		{&s.deleteUpload, writer, deleteUpload},
		{&s.deleteFinishedUpload, writer, deleteFinishedUpload},
		{&s.deleteExpiredUpload, writer, deleteExpiredUpload},
		{&s.findUpload, reader, findUpload},
		{&s.listUploads, reader, listUploads},
		{&s.expiredUploads, reader, expiredUploads},
		{&s.insertFile, writer, insertFile},
		{&s.updateFile, writer, updateFile},
		{&s.deleteFile, writer, deleteFile},
		{&s.deleteExpiredFile, writer, deleteExpiredFile},
		{&s.findFile, reader, findFile},
		{&s.listFiles, reader, listFiles},
		{&s.listFilesNamed, reader, listFilesNamed},
		{&s.expiredFiles, reader, expiredFiles},
		{&s.unwanted, reader, unwanted},
		{&s.reserve, writer, reserve},
		{&s.usageToChange, writer, findUsage},
		{&s.findUsage, reader, findUsage},
	}
}

func (s *statements) prepare(ctx context.Context, writer, reader *sql.DB) error {
	for _, b := range s.bindings(writer, reader) {
		statement, err := b.pool.PrepareContext(ctx, b.text) //nolint:sqlclosecheck // close does
		if err != nil {
			return fmt.Errorf("prepare %q: %w", b.text, err)
		}
		*b.statement = statement
	}
	return nil
}

func (s *statements) close() error {
	var errs []error
	for _, b := range s.bindings(nil, nil) {
		if *b.statement != nil {
			errs = append(errs, (*b.statement).Close())
		}
	}
	return errors.Join(errs...)
}
