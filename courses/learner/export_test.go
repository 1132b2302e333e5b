package learner

// Statements counts the statements of reads so far.
func (db *DB) Statements() int64 { return db.statements.Load() }
