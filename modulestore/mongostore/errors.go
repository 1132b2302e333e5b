package mongostore

import (
	"context"
	"errors"
	"fmt"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"lectern/modulestore"
)

// Error codes of the server (MongoDB's error_codes.yml).
const (
	codeUnauthorized         = 13
	codeAuthenticationFailed = 18
	codePrimarySteppedDown   = 189
	codeNotWritablePrimary   = 10107
	codeDuplicateKey         = 11000
	codeNotPrimaryNoFallback = 13435
	codeOutOfDiskSpace       = 14031
)

const adviceReadOnly = "name all members of the replica set in the address, with replicaSet= and without directConnection"

// explain puts in front of an error what was being done, and for a failure of the server what the user can do. The end of a
// context comes first: whatever else is reported then is a consequence of it.
func (db *DB) explain(ctx context.Context, doing string, err error) error {
	if err == nil {
		return nil
	}
	if ended := ctx.Err(); ended != nil {
		return fmt.Errorf("%s: %w", doing, ended)
	}
	return fmt.Errorf("%s: %w", doing, db.sentence(err))
}

func (db *DB) sentence(err error) error {
	switch code(err) {
	case codeAuthenticationFailed:
		return fmt.Errorf("the MongoDB server at %s does not accept the user and password: check them, and authSource= in the address: %w", db.place, err)
	case codeUnauthorized:
		return fmt.Errorf("the user may not do this: give it the role readWrite for the database %s: %w", db.database, err)
	case codeNotWritablePrimary, codeNotPrimaryNoFallback, codePrimarySteppedDown:
		return fmt.Errorf("the MongoDB server at %s only reads at the moment: try again, or %s: %w", db.place, adviceReadOnly, err)
	case codeOutOfDiskSpace:
		return fmt.Errorf("the disk of the MongoDB server at %s is full: free some space and try again: %w", db.place, err)
	}
	if mongo.IsTimeout(err) || mongo.IsNetworkError(err) {
		return fmt.Errorf("no MongoDB server that can be written to answers at %s: check that it runs and that it can be reached from here: %w", db.place, err)
	}
	return err
}

// code gives the server's error code, 0 for other errors.
func code(err error) int {
	if failure, ok := errors.AsType[mongo.CommandError](err); ok {
		return int(failure.Code)
	}
	if failure, ok := errors.AsType[mongo.ServerError](err); ok {
		if codes := failure.ErrorCodes(); len(codes) > 0 {
			return codes[0]
		}
	}
	return 0
}

// onlyDuplicates reports whether an insert failed for no other reason than that documents were there already. The driver's own
// IsDuplicateKeyError is true as soon as one of several reasons is this.
func onlyDuplicates(err error) bool {
	if many, ok := errors.AsType[mongo.BulkWriteException](err); ok {
		for _, e := range many.WriteErrors {
			if e.Code != codeDuplicateKey {
				return false
			}
		}
		return len(many.WriteErrors) > 0 && many.WriteConcernError == nil
	}
	if one, ok := errors.AsType[mongo.WriteException](err); ok {
		for _, e := range one.WriteErrors {
			if e.Code != codeDuplicateKey {
				return false
			}
		}
		return len(one.WriteErrors) > 0 && one.WriteConcernError == nil
	}
	return false
}

// damaged says which stored document is not what this package writes.
func damaged(where string, id any, why error) error {
	return fmt.Errorf("%s %v: %w: %w", where, id, modulestore.ErrCorrupt, why)
}
