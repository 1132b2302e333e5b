package mongostore

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"
	"go.mongodb.org/mongo-driver/v2/mongo"
	"go.mongodb.org/mongo-driver/v2/mongo/options"
	"go.mongodb.org/mongo-driver/v2/mongo/readconcern"
	"go.mongodb.org/mongo-driver/v2/mongo/readpref"
	"go.mongodb.org/mongo-driver/v2/mongo/writeconcern"

	"lectern/modulestore"
)

const (
	// defaultDatabase is used when the address names none.
	defaultDatabase = "lectern"
	// minWireVersion is that of MongoDB 4.4.
	minWireVersion = 9
	// selectionTimeout is how long to look for a primary when the address does not say.
	selectionTimeout = 10 * time.Second
	// closeTimeout is how long to wait for the server when the connections are closed.
	closeTimeout = 5 * time.Second
)

// The names of the collections.
const (
	objectsName  = "objects"
	chunksName   = "chunks"
	reflogName   = "reflog"
	contextsName = "contexts"
	buriedName   = "tombstones"
)

// DB is a modulestore.Backend in one database of a MongoDB server. It is safe for concurrent use.
type DB struct {
	client   *mongo.Client
	place    string // the address without secrets, for messages
	database string
	objects  *mongo.Collection // all objects but chunks
	chunks   *mongo.Collection // chunks
	reflog   *mongo.Collection
	contexts *mongo.Collection
	buried   *mongo.Collection // the tombstones
}

var _ modulestore.Backend = (*DB)(nil)

// Is reports whether uri is the address of a MongoDB server.
func Is(uri string) bool {
	return strings.HasPrefix(uri, "mongodb://") || strings.HasPrefix(uri, "mongodb+srv://")
}

// Open opens the store in the database that a MongoDB connection string names (mongodb://HOST/DATABASE), or in the database
// "lectern" if it names none. It creates nothing: collections come with the first write. It fails with modulestore.ErrInvalid when the
// address cannot be understood, when the server is too old or read-only, and when a collection is sharded on something else than _id.
func Open(ctx context.Context, uri string) (*DB, error) {
	database, err := databaseOf(uri)
	if err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	client, err := mongo.Connect(clientOptions(uri))
	if err != nil {
		return nil, fmt.Errorf("open store: %w", misread(err))
	}
	d := client.Database(database)
	db := &DB{
		client: client, place: WithoutSecret(uri), database: database,
		objects: d.Collection(objectsName), chunks: d.Collection(chunksName),
		reflog: d.Collection(reflogName), contexts: d.Collection(contextsName),
		buried: d.Collection(buriedName),
	}
	if err := db.check(ctx); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// clientOptions takes from the address what an operator may choose, and sets what keeps the store safe.
func clientOptions(uri string) *options.ClientOptions {
	o := options.Client().ApplyURI(uri)
	if o.ServerSelectionTimeout == nil {
		o.SetServerSelectionTimeout(selectionTimeout)
	}
	if o.AppName == nil {
		o.SetAppName("lectern")
	}
	durable := writeconcern.Majority()
	journal := true
	durable.Journal = &journal // for a server alone, where a majority is one process
	return o.SetWriteConcern(durable).SetReadConcern(readconcern.Majority()).SetReadPreference(readpref.Primary())
}

// Close implements modulestore.Backend.
func (db *DB) Close() error {
	ctx, stop := context.WithTimeout(context.Background(), closeTimeout)
	defer stop()
	if err := db.client.Disconnect(ctx); err != nil && !errors.Is(err, mongo.ErrClientDisconnected) {
		return db.explain(ctx, "close store", err)
	}
	return nil
}

// greeting is what a server tells about itself.
type greeting struct {
	MaxWireVersion    int32  `bson:"maxWireVersion"`
	IsWritablePrimary bool   `bson:"isWritablePrimary"`
	IsMaster          bool   `bson:"ismaster"` // the older name
	ReadOnly          bool   `bson:"readOnly"`
	Message           string `bson:"msg"` // "isdbgrid" in a sharded cluster
}

// check asks the server whether the store can be trusted to it.
func (db *DB) check(ctx context.Context) error {
	var g greeting
	if err := db.client.Database(db.database).RunCommand(ctx, bson.D{{Key: "hello", Value: 1}}).Decode(&g); err != nil {
		return db.explain(ctx, "open store", err)
	}
	if err := g.check(); err != nil {
		return fmt.Errorf("open store: the MongoDB server at %s %w", db.place, err)
	}
	if g.Message != "isdbgrid" {
		return nil
	}
	return db.checkShardKeys(ctx)
}

func (g greeting) check() error {
	switch {
	case g.MaxWireVersion < minWireVersion:
		return fmt.Errorf("is too old: MongoDB 4.4 or later is needed: %w", modulestore.ErrInvalid)
	case !g.IsWritablePrimary && !g.IsMaster || g.ReadOnly:
		return fmt.Errorf("only reads: %s: %w", adviceReadOnly, modulestore.ErrInvalid)
	}
	return nil
}

// shardedCollection is a document of config.collections.
type shardedCollection struct {
	ID  string `bson:"_id"` // DATABASE.COLLECTION
	Key bson.D `bson:"key"`
}

// checkShardKeys refuses collections in which _id is not unique. Who may not read the configuration of the cluster is not held up.
func (db *DB) checkShardKeys(ctx context.Context) error {
	names := bson.A{}
	for _, c := range []*mongo.Collection{db.objects, db.chunks, db.reflog, db.contexts, db.buried} {
		names = append(names, db.database+"."+c.Name())
	}
	cursor, err := db.client.Database("config").Collection("collections").Find(ctx, byIDs(names))
	if code(err) == codeUnauthorized {
		return nil
	}
	if err != nil {
		return db.explain(ctx, "open store", err)
	}
	var sharded []shardedCollection
	if err := cursor.All(ctx, &sharded); err != nil {
		return db.explain(ctx, "open store", err)
	}
	for _, c := range sharded {
		if err := c.check(); err != nil {
			return fmt.Errorf("open store: %w", err)
		}
	}
	return nil
}

func (c shardedCollection) check() error {
	if len(c.Key) == 1 && c.Key[0].Key == "_id" { // hashed or not: the same _id is on the same shard
		return nil
	}
	return fmt.Errorf("the collection %s is sharded on something else than _id, so two versions could get one number: "+
		"shard it on _id: %w", c.ID, modulestore.ErrInvalid)
}

// databaseOf gives the name of the database in an address.
func databaseOf(uri string) (string, error) {
	_, rest, ok := strings.Cut(uri, "://")
	if !ok || !Is(uri) {
		return "", misread(nil)
	}
	rest, _, _ = strings.Cut(rest, "?")
	_, name, _ := strings.Cut(rest, "/")
	name, err := url.PathUnescape(name)
	switch {
	case err != nil:
		return "", misread(err)
	case name == "":
		return defaultDatabase, nil
	case len(name) > 63 || strings.ContainsAny(name, "/\\. \"$*<>:|?@\x00"):
		return "", fmt.Errorf("the address of the MongoDB server names no usable database after the last /: "+
			"use letters, digits, - and _: %w", modulestore.ErrInvalid)
	}
	return name, nil
}

// WithoutSecret gives an address as it can be shown: scheme, servers and database, without user, password and options.
func WithoutSecret(uri string) string {
	scheme, rest, ok := strings.Cut(uri, "://")
	if !ok {
		return "a MongoDB server"
	}
	// A password that should have been escaped can hold every character, so the last @ ends it.
	rest = rest[strings.LastIndex(rest, "@")+1:]
	rest, _, _ = strings.Cut(rest, "?")
	return scheme + "://" + rest
}

// misread is the error for an address that the driver does not understand. What the driver says may quote the password, so it is kept out.
func misread(err error) error {
	if lookup, ok := errors.AsType[*net.DNSError](err); ok {
		return fmt.Errorf("the MongoDB servers of %s cannot be found in the DNS: check the name and the network: %w", lookup.Name, lookup)
	}
	return fmt.Errorf("the address of the MongoDB server is not understood: write mongodb://USER:PASSWORD@HOST:PORT/DATABASE, "+
		"with @ : / ? and %% in the password written as %%40 %%3A %%2F %%3F and %%25, and check the options: %w", modulestore.ErrInvalid)
}
