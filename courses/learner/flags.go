package learner

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"lectern/courses/flag"
	"lectern/modulestore/key"
)

// flagKey is what a rule for a flag is about; user is 0 unless it is about a user.
type flagKey struct {
	user             int64
	flag, scope, key string
}

type flagRow struct {
	flagKey
	stamp
	seq           int64
	share         int64
	note          string
	actor         int64
	made          int64
	from, expires int64 // 0 for none
	offlineSafe   int64
}

var flagTable = &table[flagKey, flagRow]{
	name: "flag_rule",
	columns: []string{"user_ref", "flag", "scope", "scope_key", "hlc", "device_ref", "seq", "share", "note", "actor_ref", "made_ms", "from_ms", "expires_ms",
		"offline_safe"},
	key:  7,
	by:   func(r *flagRow) flagKey { return r.flagKey },
	args: func(k flagKey) []any { return []any{k.user, k.flag, k.scope, k.key} },
	fields: func(r *flagRow) []any {
		return []any{&r.user, &r.flag, &r.scope, &r.key, &r.hlc, &r.device, &r.seq, &r.share, &r.note, &r.actor, &r.made, &r.from, &r.expires, &r.offlineSafe}
	},
}

// rule is what a row says; the key of a rule for a user, and who made it, are of the stream and the event.
func (f FlagPayload) rule() flag.Rule {
	r := flag.Rule{Flag: f.Flag, Scope: f.Scope, Key: f.Key, Share: f.Share, Note: f.Note, OfflineSafe: f.OfflineSafe}
	r.From, r.Expires = instantOrNone(f.From), instantOrNone(f.Expires)
	return r
}

func instantOrNone(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return instant(ms)
}

func millisecondsOrNone(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// orgOf gives the organisation whose stream a rule belongs to.
func orgOf(r flag.Rule) (string, error) {
	switch r.Scope {
	case flag.Org:
		return r.Key, nil
	case flag.Course, flag.Cohort, flag.Team:
		name, _, _ := strings.Cut(r.Key, " ")
		c, err := key.ParseCourse(name)
		if err != nil {
			return "", fmt.Errorf("a rule for the flag %s: %w", r.Flag, err)
		}
		return c.Org, nil
	}
	return "", nil
}

// applyFlag keeps every rule: which one is in force depends on when one asks.
func applyFlag(p *projection, e *entry) error {
	f, err := payload[FlagPayload](e)
	if err != nil {
		return err
	}
	r, ofUser := f.rule(), e.user != 0 || !e.Stream.Learner.IsZero()
	if ofUser != (f.Scope == flag.User) || ofUser && f.Key != "" {
		return errors.New("a rule for a flag is of the stream of a learner if it is about that learner, and then has no key")
	}
	if ofUser {
		r.Key = "of the stream"
	}
	if err := r.Check(); err != nil {
		return err
	}
	if org, err := orgOf(r); err != nil || org != e.Stream.Org {
		return errors.Join(err, fmt.Errorf("a rule for the flag %s is not of the organisation %q, whose stream it is for", f.Flag, e.Stream.Org))
	}
	p.flags.add(&flagRow{
		flagKey: flagKey{e.user, f.Flag, string(f.Scope), f.Key}, stamp: e.stamp(), seq: int64(e.Seq), share: int64(f.Share), note: f.Note, actor: e.actor, made: e.when().UnixMilli(),
		from: f.From, expires: f.Expires, offlineSafe: number(f.OfflineSafe),
	})
	return nil
}

// SetFlag adds a rule for a flag. What the newest rule for its scope and key says already changes nothing. Who makes it and when is noted by the log,
// whatever the rule says.
func (db *DB) SetFlag(ctx context.Context, actor ID, r flag.Rule) (changed bool, err error) {
	draft, err := flagDraft(actor, r)
	var k flagKey
	want := func(p *projection, e *entry) {
		k = flagKey{e.user, r.Flag, string(r.Scope), r.Key}
		if r.Scope == flag.User {
			k.key = ""
		}
		p.flags.want(k)
	}
	return db.change(ctx, draft, err, want, func(t *transaction, e *entry) (bool, error) {
		var newest *flagRow
		for _, row := range t.flags.found[k] {
			if newest == nil || t.later(row.stamp, newest.stamp) {
				newest = row
			}
		}
		if newest == nil {
			return r.Share != flag.Unset, nil
		}
		same := newest.share == int64(r.Share) && newest.from == millisecondsOrNone(r.From) && newest.expires == millisecondsOrNone(r.Expires) &&
			newest.note == r.Note && newest.offlineSafe == number(r.OfflineSafe)
		return !same, nil
	})
}

func flagDraft(actor ID, r flag.Rule) (NewEvent, error) {
	if err := r.Check(); err != nil {
		return NewEvent{}, err
	}
	org, err := orgOf(r)
	if err != nil {
		return NewEvent{}, err
	}
	f := FlagPayload{
		Flag: r.Flag, Scope: r.Scope, Key: r.Key, Share: r.Share, Note: r.Note, From: millisecondsOrNone(r.From), Expires: millisecondsOrNone(r.Expires),
		OfflineSafe: r.OfflineSafe,
	}
	stream := Stream{Org: org, Kind: StateStream}
	if r.Scope == flag.User {
		if stream.Learner, err = ParseID(r.Key); err != nil {
			return NewEvent{}, fmt.Errorf("a rule for the flag %s: %w", r.Flag, err)
		}
		f.Key = ""
	}
	payload, err := json.Marshal(f)
	return NewEvent{Stream: stream, Kind: KindFlag, Actor: actor, Payload: payload}, err
}

// ParseID reads the id of a learner or a device as ID.String writes it.
func ParseID(text string) (id ID, err error) {
	if len(text) != 2*len(id) {
		return ID{}, fmt.Errorf("%q is no id: it has %d hex digits", text, 2*len(id))
	}
	if _, err := hex.Decode(id[:], []byte(text)); err != nil {
		return ID{}, fmt.Errorf("%q is no id: %w", text, err)
	}
	return id, nil
}

// FlagRules gives all rules for all flags that were ever made, the oldest first, as a flag.Book takes them.
func (db *DB) FlagRules(ctx context.Context) (list []flag.Rule, err error) {
	err = db.one(ctx, "the rules for flags", `SELECT f.flag, f.scope, f.scope_key, u.learner_id, f.share, f.note, a.learner_id, f.made_ms, f.from_ms, f.expires_ms, f.offline_safe
		FROM flag_rule f JOIN ref_device d ON d.device_ref = f.device_ref LEFT JOIN ref_user u ON u.user_ref = f.user_ref LEFT JOIN ref_user a ON a.user_ref = f.actor_ref
		ORDER BY f.hlc, d.device_id, f.seq`, nil, func(rows found) error {
		var r flag.Rule
		var user, actor []byte
		var made, from, expires, safe int64
		if err := rows.Scan(&r.Flag, &r.Scope, &r.Key, &user, &r.Share, &r.Note, &actor, &made, &from, &expires, &safe); err != nil {
			return err
		}
		if r.Scope == flag.User {
			r.Key = hex.EncodeToString(user)
		}
		r.Actor, r.Created, r.From, r.Expires, r.OfflineSafe = hex.EncodeToString(actor), instant(made), instantOrNone(from), instantOrNone(expires), safe == 1
		list = append(list, r)
		return nil
	})
	return list, err
}
