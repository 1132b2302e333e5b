package learner

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// User is an account.
type User struct {
	ID          ID
	Name, Email string
}

// ErrNoUser is the cause when nobody has a name.
var ErrNoUser = errors.New("there is no such user")

// The longest name and address of an account, in bytes.
const (
	maxName  = 255
	maxEmail = 254
)

// NewUser draws an id for somebody who has no account yet. It fails for a name or an address that nobody can have.
func NewUser(name, email string) (User, error) {
	u := User{NewID(), strings.TrimSpace(name), strings.TrimSpace(email)}
	before, host, _ := strings.Cut(u.Email, "@")
	switch {
	case u.Name == "":
		return User{}, errors.New("an account needs a name")
	case len(u.Name) > maxName || len(u.Email) > maxEmail:
		return User{}, fmt.Errorf("a name has at most %d bytes, and an address %d", maxName, maxEmail)
	case !utf8.ValidString(u.Name) || strings.ContainsFunc(u.Name, unprintable):
		return User{}, fmt.Errorf("the name %q holds what cannot be printed", u.Name)
	case u.Email != "" && (before == "" || host == "" || strings.Contains(host, "@") || !utf8.ValidString(u.Email) ||
		strings.ContainsFunc(u.Email, func(r rune) bool { return unicode.IsSpace(r) || unprintable(r) })):
		return User{}, fmt.Errorf("%q is no address: write NAME@HOST", u.Email)
	}
	return u, nil
}

func unprintable(r rune) bool { return r != ' ' && !unicode.IsPrint(r) }

// AddUser makes an account. Its name must differ from all others in more than case and space around it.
func (db *DB) AddUser(ctx context.Context, name, email string) (User, error) {
	u, err := NewUser(name, email)
	if err != nil {
		return User{}, err
	}
	draft, err := u.draft()
	if _, err = db.change(ctx, draft, err, nil, takesName); err != nil {
		return User{}, err
	}
	return u, nil
}

func (u User) draft() (NewEvent, error) {
	payload, err := json.Marshal(AccountPayload{u.Name, u.Email})
	return NewEvent{Stream: Stream{Learner: u.ID, Kind: StateStream}, Kind: KindAccount, Payload: payload}, err
}

func takesName(t *transaction, e *entry) (bool, error) {
	a, err := payload[AccountPayload](e)
	if err != nil {
		return false, err
	}
	other, err := t.nameTaken(FoldName(a.Name))
	if err == nil && other != "" {
		err = fmt.Errorf("the name %q is too much like that of the user %q: take another", a.Name, other)
	}
	return err == nil, err
}

// nameTaken gives the name of the account that has a name already. Nobody else can take a name until the transaction ends.
func (t *transaction) nameTaken(fold string) (string, error) {
	for _, row := range t.accounts.dirty {
		if row.fold == fold {
			return row.name, nil
		}
	}
	if t.engine == postgres {
		if _, err := t.tx.ExecContext(t.ctx, `SELECT pg_advisory_xact_lock(hashtext('lectern account names'))`); err != nil {
			return "", fmt.Errorf("lock the names of accounts: %w", err)
		}
	}
	names, err := stringsOf(t.tx.QueryContext(t.ctx, t.engine.dialect(`SELECT name FROM account WHERE name_fold = $1 ORDER BY hlc LIMIT 1`), fold))
	if err != nil || len(names) == 0 {
		return "", err
	}
	return names[0], nil
}

// FindUser finds an account by its name, whatever its case. Of two that were made apart with one name it finds the earlier one.
func (db *DB) FindUser(ctx context.Context, name string) (User, error) {
	found, err := db.FindUsers(ctx, []string{name})
	if err != nil {
		return User{}, err
	}
	u, ok := found[name]
	if !ok {
		return User{}, fmt.Errorf("%q: %w", name, ErrNoUser)
	}
	return u, nil
}

// FindUsers finds accounts as FindUser does, and gives them by the names that were asked for. Names that nobody has are not there.
func (db *DB) FindUsers(ctx context.Context, names []string) (map[string]User, error) {
	all := make(map[string]User, len(names))
	for some := range slices.Chunk(names, db.engine.chunk(2)) {
		values := make([][]any, len(some))
		for i, name := range some {
			values[i] = []any{FoldName(name), int64(i)}
		}
		source, args, err := db.engine.set(values)
		if err != nil {
			return nil, err
		}
		err = db.one(ctx, "users", `WITH v (fold, place) AS (`+source+`) SELECT v.place, u.learner_id, a.name, a.email FROM v JOIN account a ON a.name_fold = v.fold
			JOIN ref_user u ON u.user_ref = a.user_ref ORDER BY v.place, a.hlc, u.learner_id`, args, func(rows found) error {
			var place int64
			u, err := scanUser(rows, &place)
			if _, earlier := all[some[place]]; !earlier && err == nil {
				all[some[place]] = u
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	return all, nil
}

// UsersOf finds accounts by their ids. Ids that nobody has are not there.
func (db *DB) UsersOf(ctx context.Context, ids []ID) (map[ID]User, error) {
	all := make(map[ID]User, len(ids))
	err := db.someAtOnce(ids, func(source string, args []any) error {
		return db.one(ctx, "users", `WITH v (id, place) AS (`+source+`) SELECT u.learner_id, a.name, a.email FROM v JOIN ref_user u ON u.learner_id = v.id
			JOIN account a ON a.user_ref = u.user_ref`, args, func(rows found) error {
			u, err := scanUser(rows)
			all[u.ID] = u
			return err
		})
	})
	if err != nil {
		return nil, err
	}
	return all, nil
}

// someAtOnce asks about learners, as many at a time as a statement takes: source makes rows of an id and its place in users, and args are its arguments.
func (db *DB) someAtOnce(users []ID, ask func(source string, args []any) error) error {
	size := db.engine.chunk(2)
	for at := 0; at < len(users); at += size {
		var values [][]any
		for i, id := range users[at:min(at+size, len(users))] {
			values = append(values, []any{id[:], int64(at + i)})
		}
		source, args, err := db.engine.set(values)
		if err != nil {
			return err
		}
		if err := ask(source, args); err != nil {
			return err
		}
	}
	return nil
}

// scanUser reads a user; the columns before it go to the first pointers.
func scanUser(rows found, before ...any) (u User, err error) {
	var id []byte
	if err = rows.Scan(append(before, &id, &u.Name, &u.Email)...); err == nil {
		u.ID = ID(id)
	}
	return u, err
}

// Users gives all accounts by name, some at a time: after is the last user of the page before, the zero User at first.
func (db *DB) Users(ctx context.Context, after User, limit int) (list []User, err error) {
	if limit < 1 || limit > maxPage {
		return nil, fmt.Errorf("a page has 1 to %d users", maxPage)
	}
	err = db.one(ctx, "users", `SELECT u.learner_id, a.name, a.email FROM account a JOIN ref_user u ON u.user_ref = a.user_ref
		WHERE a.name_fold >= $1 AND (a.name_fold > $1 OR u.learner_id > $2) ORDER BY a.name_fold, u.learner_id LIMIT $3`,
		[]any{FoldName(after.Name), after.ID[:], int64(limit)}, func(rows found) error {
			u, err := scanUser(rows)
			list = append(list, u)
			return err
		})
	return list, err
}
