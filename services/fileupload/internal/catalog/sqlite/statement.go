package sqlite

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// statements are all that the catalog executes, prepared when it is opened.
type statements struct {
	putUpload, finishUpload, continueUpload, saveCheckpoint, abortUpload, forgetUpload *sql.Stmt
	expireReceiving, removeExpired, endUploads, releaseUploads, isReceiving            *sql.Stmt
	findUpload, listUploads, expiredUploads                                            *sql.Stmt

	insertFile, copyFile, updateFile, releaseFile, deleteFile, expireFile, isShared *sql.Stmt
	findFile, listFiles, listFilesNamed, expiredFiles                               *sql.Stmt

	contentToShare, findContent, leastVerified, filesOf, saveVerdict *sql.Stmt
	unwantedBlobs, unwantedParts                                     *sql.Stmt

	reserve, usageToChange, findUsage, listTenants *sql.Stmt
}

// binding says which pool executes which text.
type binding struct {
	statement **sql.Stmt
	pool      *sql.DB
	text      string
}

func (s *statements) bindings(writer, reader *sql.DB) []binding {
	return []binding{
		{&s.putUpload, writer, putUpload},
		{&s.finishUpload, writer, finishUpload},
		{&s.continueUpload, writer, continueUpload},
		{&s.saveCheckpoint, writer, saveCheckpoint},
		{&s.abortUpload, writer, abortUpload},
		{&s.forgetUpload, writer, forgetUpload},
		{&s.expireReceiving, writer, expireReceiving},
		{&s.removeExpired, writer, removeExpired},
		{&s.endUploads, writer, endUploads},
		{&s.releaseUploads, writer, releaseUploads},
		{&s.isReceiving, writer, isReceiving},
		{&s.findUpload, reader, findUpload},
		{&s.listUploads, reader, listUploads},
		{&s.expiredUploads, reader, expiredUploads},
		{&s.insertFile, writer, insertFile},
		{&s.copyFile, writer, copyFile},
		{&s.updateFile, writer, updateFile},
		{&s.releaseFile, writer, releaseFile},
		{&s.deleteFile, writer, deleteFile},
		{&s.expireFile, writer, expireFile},
		{&s.isShared, writer, isShared},
		{&s.findFile, reader, findFile},
		{&s.listFiles, reader, listFiles},
		{&s.listFilesNamed, reader, listFilesNamed},
		{&s.expiredFiles, reader, expiredFiles},
		{&s.contentToShare, writer, findContent},
		{&s.findContent, reader, findContent},
		{&s.leastVerified, reader, leastVerified},
		{&s.filesOf, reader, filesOf},
		{&s.saveVerdict, writer, saveVerdict},
		{&s.unwantedBlobs, reader, unwantedBlobs},
		{&s.unwantedParts, reader, unwantedParts},
		{&s.reserve, writer, reserve},
		{&s.usageToChange, writer, findUsage},
		{&s.findUsage, reader, findUsage},
		{&s.listTenants, reader, listTenants},
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
