package mongostore

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"

	"lectern/modulestore"
)

// The suite that every backend passes runs in the module ferrettest, which brings a server.

func TestOnlyDuplicates(t *testing.T) {
	duplicate, tooLarge := mongo.WriteError{Code: 11000}, mongo.WriteError{Code: 10334}
	unsure := &mongo.WriteConcernError{Code: 64, Message: "waiting for replication timed out"}
	many := func(wce *mongo.WriteConcernError, list ...mongo.WriteError) error {
		e := mongo.BulkWriteException{WriteConcernError: wce}
		for _, w := range list {
			e.WriteErrors = append(e.WriteErrors, mongo.BulkWriteError{WriteError: w})
		}
		return e
	}
	one := func(wce *mongo.WriteConcernError, list ...mongo.WriteError) error {
		return mongo.WriteException{WriteConcernError: wce, WriteErrors: list}
	}
	for _, c := range []struct {
		name string
		err  error
		want bool
	}{
		{"no error", nil, false},
		{"another error", errors.New("duplicate key"), false},
		{"some documents are there", many(nil, duplicate, duplicate), true},
		{"one is there and one is too large", many(nil, duplicate, tooLarge), false},
		{"one is there, and whether a majority has the others is unknown", many(unsure, duplicate), false},
		{"nothing is known to be there", many(unsure), false},
		{"the document is there", one(nil, duplicate), true},
		{"the document is there, perhaps not for long", one(unsure, duplicate), false},
		{"the document is too large", one(nil, tooLarge), false},
		{"the reason stands inside another error", fmt.Errorf("insert: %w", one(nil, duplicate)), true},
	} {
		if got := onlyDuplicates(c.err); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func TestErrorsAreSentences(t *testing.T) {
	db := &DB{place: "mongodb://db1/courses", database: "courses"}
	command := func(code int32) error { return mongo.CommandError{Code: code, Message: "cause"} }
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"wrong credentials", command(codeAuthenticationFailed), "the MongoDB server at mongodb://db1/courses does not accept the user and password"},
		{"a role that is missing", command(codeUnauthorized), "give it the role readWrite for the database courses"},
		{"a member that only reads", command(codeNotWritablePrimary), "only reads at the moment"},
		{"the same from an insert", mongo.WriteException{WriteErrors: mongo.WriteErrors{{Code: codeNotPrimaryNoFallback}}}, "only reads at the moment"},
		{"a full disk", command(codeOutOfDiskSpace), "the disk of the MongoDB server at mongodb://db1/courses is full"},
		{"no answer", context.DeadlineExceeded, "no MongoDB server that can be written to answers at mongodb://db1/courses"},
		{"something else", errors.New("cause"), "do it: cause"},
	} {
		err := db.explain(t.Context(), "do it", c.err)
		if !strings.HasPrefix(err.Error(), "do it: ") || !strings.Contains(err.Error(), c.want) || !strings.Contains(err.Error(), c.err.Error()) {
			t.Errorf("%s: %v\nwant %q and the cause", c.name, err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := db.explain(ctx, "do it", command(codeUnauthorized)); !errors.Is(err, context.Canceled) {
		t.Errorf("a cancelled call: %v", err)
	}
	if err := db.explain(ctx, "do it", nil); err != nil {
		t.Errorf("no error: %v", err)
	}
}

func TestAddressesAreShownWithoutSecrets(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://localhost": "mongodb://localhost",
		"mongodb://me:secret@db1:27017,db2/courses?replicaSet=r": "mongodb://db1:27017,db2/courses",
		"mongodb+srv://me:se%40cret@cluster.example/courses":     "mongodb+srv://cluster.example/courses",
		"mongodb://me:secret@ho@me:secret@db1/x":                 "mongodb://db1/x",
		"mongodb://me:secret/secret?secret@db1/x":                "mongodb://db1/x",
		"mongodb://db1/x?tlsCertificateKeyFilePassword=secret":   "mongodb://db1/x",
		"secret": "a MongoDB server",
	} {
		if got := WithoutSecret(uri); got != want {
			t.Errorf("%s: %s, want %s", uri, got, want)
		}
	}
}

func TestDatabaseOfAnAddress(t *testing.T) {
	for uri, want := range map[string]string{
		"mongodb://localhost":                       "lectern",
		"mongodb://localhost/":                      "lectern",
		"mongodb://localhost/?replicaSet=rs0":       "lectern",
		"mongodb://me:secret@db1,db2/courses?w=1":   "courses",
		"mongodb+srv://cluster.example/my-%63ourse": "my-course",
		"mongodb://%2Ftmp%2Fmongodb.sock/courses":   "courses",
	} {
		if got, err := databaseOf(uri); err != nil || got != want {
			t.Errorf("%s: %q, %v, want %q", uri, got, err, want)
		}
	}
	for _, uri := range []string{"", "localhost", "http://localhost/x", "mongodb://h/a.b", "mongodb://h/a b", "mongodb://h/a/b", "mongodb://h/$x",
		"mongodb://h/%zz", "mongodb://h/" + strings.Repeat("x", 64)} {
		if _, err := databaseOf(uri); !errors.Is(err, modulestore.ErrInvalid) {
			t.Errorf("%q: %v, want ErrInvalid", uri, err)
		}
	}
}

func TestAddressesThatAreRefused(t *testing.T) {
	for _, uri := range []string{
		"postgres://me:secret@localhost/x",
		"mongodb://me:secret",
		"mongodb://me:sec/ret@localhost/x",
		"mongodb://me:secret@localhost:secret/x",
		"mongodb://me:secret%zz@localhost/x",
		"mongodb://me:secret@localhost/x?w=-3",
		"mongodb://",
	} {
		_, err := Open(t.Context(), uri)
		if !errors.Is(err, modulestore.ErrInvalid) || strings.Contains(err.Error(), "secret") || !strings.Contains(err.Error(), "the address of the MongoDB server") {
			t.Errorf("%s: %v", uri, err)
		}
	}
}

// What keeps versions safe is not the operator's choice.
func TestSafetyIsSetInCode(t *testing.T) {
	o := clientOptions("mongodb://localhost/x?w=1&journal=false&readConcernLevel=local&readPreference=secondary&serverSelectionTimeoutMS=7")
	if o.WriteConcern.W != "majority" || !*o.WriteConcern.Journal || o.ReadConcern.Level != "majority" || o.ReadPreference.Mode() != readpref.PrimaryMode {
		t.Errorf("%+v, %+v, %v", o.WriteConcern, o.ReadConcern, o.ReadPreference)
	}
	if *o.ServerSelectionTimeout != 7*time.Millisecond {
		t.Errorf("the operator's timeout is %v", *o.ServerSelectionTimeout)
	}
	if o := clientOptions("mongodb://localhost/x"); *o.ServerSelectionTimeout != selectionTimeout || *o.AppName != "lectern" {
		t.Errorf("the defaults are %v, %v", *o.ServerSelectionTimeout, *o.AppName)
	}
}

func TestServersThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name string
		says greeting
		want string // "" for a server that will do
	}{
		{"MongoDB 4.4 as primary", greeting{MaxWireVersion: 9, IsWritablePrimary: true}, ""},
		{"a server that uses the older name", greeting{MaxWireVersion: 21, IsMaster: true}, ""},
		{"a router of a sharded cluster", greeting{MaxWireVersion: 21, IsWritablePrimary: true, Message: "isdbgrid"}, ""},
		{"MongoDB 4.2", greeting{MaxWireVersion: 8, IsWritablePrimary: true}, "too old"},
		{"a secondary", greeting{MaxWireVersion: 21}, "only reads"},
		{"a server that was started to read", greeting{MaxWireVersion: 21, IsWritablePrimary: true, ReadOnly: true}, "only reads"},
	} {
		err := c.says.check()
		if c.want == "" && err != nil || c.want != "" && (!errors.Is(err, modulestore.ErrInvalid) || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.name, err, c.want)
		}
	}
}

func TestShardKeys(t *testing.T) {
	for _, c := range []struct {
		name string
		key  bson.D
		fine bool
	}{
		{"by _id", bson.D{{Key: "_id", Value: 1}}, true},
		{"by the hash of _id", bson.D{{Key: "_id", Value: "hashed"}}, true},
		{"by course", bson.D{{Key: "course", Value: 1}}, false},
		{"by course and _id", bson.D{{Key: "course", Value: 1}, {Key: "_id", Value: 1}}, false},
		{"by nothing", nil, false},
	} {
		err := shardedCollection{ID: "lectern.reflog", Key: c.key}.check()
		if c.fine != (err == nil) || !c.fine && (!errors.Is(err, modulestore.ErrInvalid) || !strings.Contains(err.Error(), "lectern.reflog")) {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

func TestBatches(t *testing.T) {
	chunks := func(n, size int) (list []modulestore.Object) {
		for range n {
			list = append(list, modulestore.Object{Kind: modulestore.KindChunk, Data: make([]byte, size)})
		}
		return list
	}
	for _, c := range []struct {
		name    string
		objects []modulestore.Object
		want    int // documents in the first batch
	}{
		{"a few", chunks(5, 10), 5},
		{"no more than a thousand", chunks(1001, 1), 1000},
		{"no more than 8 MB", chunks(9, 1<<20), 8},
		{"at least one, however large", chunks(2, 9<<20), 1},
		{"objects without bytes", chunks(3, 0), 3},
	} {
		if got, err := batch(20_000, c.objects); err != nil || len(got) != c.want {
			t.Errorf("%s: %d, %v, want %d", c.name, len(got), err, c.want)
		}
	}
	if _, err := batch(20_000, chunks(1, maxObject+1)); !errors.Is(err, modulestore.ErrInvalid) {
		t.Errorf("an object that no document can hold: %v", err)
	}
}

// A stored object is read back as the same bytes: the hash depends on them.
func TestObjectsAsDocuments(t *testing.T) {
	body := (&modulestore.Body{Markup: "<p>日本語\x00</p>", Raw: []byte{0, 255}, Attrs: []modulestore.Attr{{Name: "a.b$", Value: "not UTF-8: \xff"}}}).Object()
	chunk := modulestore.Object{ID: modulestore.ID{1}, Kind: modulestore.KindChunk, Data: []byte("bytes")}
	for _, o := range []modulestore.Object{body, chunk} {
		d, err := document(20_000, o)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := bson.Marshal(d)
		if err != nil {
			t.Fatal(err)
		}
		got, err := storedIn(raw)
		if err != nil || got.ID != o.ID || got.Kind != o.Kind || got.stamp != 20_000 || got.size != int64(len(o.Data)) || string(got.Data) != string(o.Data) {
			t.Errorf("%v, %v, want %v", got, err, o)
		}
	}
	bad, _ := bson.Marshal(bson.D{{Key: "_id", Value: "name"}})
	if _, err := storedIn(bad); !errors.Is(err, modulestore.ErrCorrupt) {
		t.Errorf("a document of somebody else: %v", err)
	}
}

func TestDamagedLogIsReported(t *testing.T) {
	raw, err := bson.Marshal(bson.D{{Key: "_id", Value: "course-v1:A+B+C#0000000000000001"}, {Key: "message", Value: 7}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := decoded[version](raw); !errors.Is(err, modulestore.ErrCorrupt) || !strings.Contains(err.Error(), "A+B+C#") {
		t.Errorf("got %v", err)
	}
}
