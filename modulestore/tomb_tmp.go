package modulestore

type Tombstone struct{ ID ID }
