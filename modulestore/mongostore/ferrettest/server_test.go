package ferrettest

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"reflect"
	"strings"
	"testing"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"

	"lectern/modulestore"
	"lectern/modulestore/key"
	"lectern/modulestore/mongostore"
	"lectern/modulestore/storetest"
)

var course = key.Course{Org: "Org", Code: "Code", Run: "Run"}

// raw opens the database of a store without package mongostore.
func raw(t *testing.T, uri string) *mongo.Database {
	t.Helper()
	client, err := mongo.Connect(options.Client().ApplyURI(uri))
	must(t, err)
	t.Cleanup(func() { _ = client.Disconnect(context.Background()) })
	name := strings.TrimPrefix(uri[strings.LastIndex(uri, "/"):], "/")
	name, _, _ = strings.Cut(name, "?")
	return client.Database(name)
}

func TestObjectsAreReadableForTheDatabase(t *testing.T) {
	uri := newDatabase(t)
	store := modulestore.New(open(t, uri))
	tree, bodies := storetest.Sample(60, 1)
	must(t, store.Put(t.Context(), bodies))
	_, _, err := store.Update(t.Context(), course, func(e *modulestore.Edit) error { e.Replace(tree, tree, nil, "A title"); return nil })
	must(t, err)
	want := int64(0)
	for id := range tree.Blocks {
		if id.Type == "problem" {
			want++
		}
	}
	var pages []struct {
		D struct {
			B []struct {
				T, I string
			}
		}
	}
	cursor, err := raw(t, uri).Collection("objects").Find(t.Context(), bson.D{{Key: "k", Value: "p"}, {Key: "d.b.t", Value: "problem"}})
	must(t, err)
	must(t, cursor.All(t.Context(), &pages))
	got := int64(0)
	for _, page := range pages {
		for _, block := range page.D.B {
			if block.T == "problem" && block.I != "" {
				got++
			}
		}
	}
	if got != want || want == 0 {
		t.Errorf("a query finds %d problems in the pages, want %d", got, want)
	}
	var listed bson.M
	must(t, raw(t, uri).Collection("contexts").FindOne(t.Context(), bson.D{{Key: "course", Value: course.String()}}).Decode(&listed))
	if listed["title"] != "A title" || listed["seq"] != int64(1) {
		t.Errorf("the list of courses has %v", listed)
	}
}

// A writer may be killed between its insert into the log and its update of the list.
func TestTheListOfCoursesSurvivesALostHint(t *testing.T) {
	uri := newDatabase(t)
	db := open(t, uri)
	contexts := raw(t, uri).Collection("contexts")
	forget := func(seq int64) {
		_, err := contexts.UpdateMany(t.Context(), bson.D{}, bson.D{{Key: "$set", Value: bson.D{{Key: "seq", Value: seq}, {Key: "title", Value: "old"}}}})
		must(t, err)
	}
	for seq := uint64(1); seq <= 4; seq++ {
		e := entry(seq)
		must(t, db.Append(t.Context(), course, fmt.Sprint("title ", seq), e))
		for _, hint := range []int64{0, int64(seq) - 1, int64(seq) / 2} {
			forget(hint)
			list, err := db.Contexts(t.Context())
			if err != nil || len(list) != 1 || list[0].Seq != seq || list[0].Title != fmt.Sprint("title ", seq) || !list[0].Time.Equal(e.Time) {
				t.Errorf("version %d, hint %d: the list is %v, %v", seq, hint, list, err)
			}
		}
	}
}

func TestAKeyThatWasReservedWithoutAVersion(t *testing.T) {
	uri := newDatabase(t)
	db := open(t, uri)
	_, err := raw(t, uri).Collection("contexts").InsertOne(t.Context(), bson.D{
		{Key: "_id", Value: course.Fold()}, {Key: "course", Value: course.String()}, {Key: "seq", Value: int64(0)}, {Key: "title", Value: ""}, {Key: "time", Value: time.Time{}},
	})
	must(t, err)
	if list, err := db.Contexts(t.Context()); err != nil || len(list) > 0 {
		t.Errorf("listed: %v, %v", list, err)
	}
	other := key.Course{Org: "ORG", Code: "code", Run: "run"}
	if err := db.Append(t.Context(), other, "title", entry(1)); !errors.Is(err, modulestore.ErrDuplicate) {
		t.Errorf("another spelling: %v", err)
	}
	must(t, db.Append(t.Context(), course, "title", entry(1)))
	if list, err := db.Contexts(t.Context()); err != nil || len(list) != 1 || list[0].Title != "title" {
		t.Errorf("listed: %v, %v", list, err)
	}
}

func TestTextThatIsNotUTF8(t *testing.T) {
	db := open(t, newDatabase(t))
	e := entry(1)
	e.Author, e.Message = "\xff", "caf\xe9"
	must(t, db.Append(t.Context(), course, "t\xefitle", e))
	got, err := db.Head(t.Context(), course)
	if err != nil || !reflect.DeepEqual(got, e) {
		t.Errorf("got %v, %v", got, err)
	}
	if list, err := db.Contexts(t.Context()); err != nil || len(list) != 1 || list[0].Title != "t\xefitle" {
		t.Errorf("listed: %v, %v", list, err)
	}
}

func TestAnObjectThatIsNoDocumentIsRefused(t *testing.T) {
	db := open(t, newDatabase(t))
	for name, data := range map[string][]byte{"nothing": nil, "text": []byte("some text"), "a document that is cut off": {20, 0, 0, 0, 2, 'a', 0}} {
		o := modulestore.Object{ID: sha256.Sum256(data), Kind: modulestore.KindPage, Data: data}
		if err := db.Put(t.Context(), 20_000, []modulestore.Object{o}); !errors.Is(err, modulestore.ErrInvalid) {
			t.Errorf("%s: %v, want ErrInvalid", name, err)
		}
	}
}

// The message is a sentence that names the place and never the password.
func TestServersThatCannotBeUsed(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	must(t, err)
	defer silent.Close()
	for name, uri := range map[string]string{
		"a server that does not run":     "mongodb://me:secret@127.0.0.1:1/x?serverSelectionTimeoutMS=300",
		"a server that does not answer":  "mongodb://me:secret@" + silent.Addr().String() + "/x?serverSelectionTimeoutMS=300",
		"a replica set that has no such": "mongodb://me:secret@" + server.Host + "/x?serverSelectionTimeoutMS=300&replicaSet=none",
	} {
		t.Run(name, func(t *testing.T) {
			db, err := mongostore.Open(t.Context(), uri)
			if err == nil {
				_ = db.Close()
				t.Fatal("it was opened")
			}
			if !strings.Contains(err.Error(), "no MongoDB server that can be written to answers at mongodb://") || strings.Contains(err.Error(), "secret") {
				t.Errorf("the message is %q", err)
			}
		})
	}
}

func TestWrongCredentials(t *testing.T) {
	if server.User != nil {
		t.Skip("the server's own credentials are in the address")
	}
	_, err := mongostore.Open(t.Context(), "mongodb://me:secret@"+server.Host+"/x")
	if err == nil || !strings.Contains(err.Error(), "does not accept the user and password") || strings.Contains(err.Error(), "secret") {
		t.Errorf("the message is %v", err)
	}
}

func TestTheWaitForAServerEndsWithTheContext(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	start := time.Now()
	_, err := mongostore.Open(ctx, "mongodb://127.0.0.1:1/x")
	if took := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || took > 5*time.Second {
		t.Errorf("%v after %v", err, took)
	}
}

func entry(seq uint64) modulestore.Entry {
	return modulestore.Entry{
		Seq: seq, Commit: sha256.Sum256([]byte{byte(seq)}), Author: "author", Operation: "edit", Message: "message",
		Time: time.UnixMilli(1_800_000_000_000 + int64(seq)).UTC(),
	}
}
